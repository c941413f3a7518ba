"""Text to ids and back, with labels fit for a screen: a thin layer over Hugging Face ``tokenizers``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from explorer.model.files import write_file

PAD, BOS, EOS, MASK, CLS, SEP = "[PAD]", "[BOS]", "[EOS]", "[MASK]", "[CLS]", "[SEP]"
SPECIAL_TOKENS = (PAD, BOS, EOS, MASK, CLS, SEP)
NEEDED_TOKENS = {"encoder-decoder": (BOS, EOS), "decoder": (BOS, EOS), "encoder": (CLS, SEP, MASK)}  # to run a text

# Byte-level BPE writes each byte as one printable character; this is the way back (Radford et al. 2019, section 2.2).
_PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
_BYTE_OF = {chr(byte): byte for byte in _PRINTABLE}
_BYTE_OF |= {chr(256 + i): byte for i, byte in enumerate(b for b in range(256) if b not in _PRINTABLE)}

_SIGNS = {" ": "␣", "\n": "⏎", "\t": "⇥"}
_LOOKS_LIKE_A_CODE = re.compile(r"<(U\+)?[0-9A-F]+>")


class TextTokenizer:
    """Byte-level BPE (any text can be written with it, so there is no unknown token), with the special tokens by name.

    A word and the space before it are one token, so a text is read as if a space stood before its first word.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        # The library would put that space also after each special token in the text, and cut long texts where told to.
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self.tokenizer = tokenizer
        self.special_ids = {name: tokenizer.token_to_id(name) for name in SPECIAL_TOKENS}
        self.special_ids = {name: i for name, i in self.special_ids.items() if i is not None}
        self._labels = [self._label(i) for i in range(self.vocab_size)]

    @property
    def vocab_size(self) -> int:
        return self.tokenizer.get_vocab_size()

    def id_of(self, special: str) -> int:
        """The id of a special token; KeyError if this vocabulary has none of that name."""
        return self.special_ids[special]

    def encode(self, text: str) -> list[int]:
        """Ids of the text alone, without any special tokens around it ("[MASK]" in the text is the mask token)."""
        return self.tokenizer.encode(self._with_space(text), add_special_tokens=False).ids

    def encode_lines(self, lines: Iterable[str]) -> list[list[int]]:
        """``encode`` for many lines at once, on all cores."""
        batch = [self._with_space(line) for line in lines]
        return [encoding.ids for encoding in self.tokenizer.encode_batch(batch, add_special_tokens=False)]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of the ids, special tokens and the space before the first word left out."""
        return self.tokenizer.decode(list(ids), skip_special_tokens=True).removeprefix(" ")

    def labels(self, ids: Sequence[int]) -> list[str]:
        """One short label per id, different for different ids: see ``label``."""
        return [self.label(i) for i in ids]

    def label(self, token_id: int) -> str:
        """A token as one can see it: "␣" for a space, <0A> or <U+00A0> for what has no sign of its own."""
        if not 0 <= token_id < len(self._labels):
            raise ValueError(f"id {token_id} is not in this vocabulary of {self.vocab_size} tokens")
        return self._labels[token_id]

    def save(self, path: Path) -> None:
        write_file(path, self.tokenizer.to_str(pretty=True).encode())

    @classmethod
    def load(cls, path: Path) -> TextTokenizer:
        """Read what ``save`` wrote; ValueError if it is damaged, or not byte-level with ids without gaps."""
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises bare Exception
            raise ValueError(str(error)) from None
        return cls(tokenizer)

    @classmethod
    def train(cls, lines: Iterable[str], vocab_size: int, special_tokens: Sequence[str]) -> TextTokenizer:
        """Learn a byte-level BPE vocabulary of ``vocab_size`` tokens (Sennrich et al. 2016) from lines of text."""
        tokenizer = Tokenizer(models.BPE())
        tokenizer.normalizer = normalizers.NFC()
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=vocab_size,
            # lstrip: the space before "[MASK]" belongs to the word that the mask hides
            special_tokens=[AddedToken(token, lstrip=token == MASK, special=True) for token in special_tokens],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        tokenizer.train_from_iterator(lines, trainer)
        return cls(tokenizer)

    def _with_space(self, text: str) -> str:
        return text if not text or text.startswith((" ", *self.special_ids)) else f" {text}"

    def _label(self, token_id: int) -> str:
        token = self.tokenizer.id_to_token(token_id)
        if token is None:
            raise ValueError(f"no token has the id {token_id}, though there are {self.vocab_size} tokens")
        if token_id in self.special_ids.values():
            return token
        try:
            return readable(bytes(_BYTE_OF[character] for character in token))
        except KeyError:
            raise ValueError(f"the token {token!r} (id {token_id}) is not written in bytes") from None


def readable(token: bytes) -> str:
    """The bytes of an ordinary token as a label that can be seen, and that no other bytes and no special token have."""
    try:
        text = token.decode("utf-8")
    except UnicodeDecodeError:
        return _hexadecimal(token)
    if _LOOKS_LIKE_A_CODE.search(text) or text in SPECIAL_TOKENS:
        return _hexadecimal(token)  # these very characters, typed by someone
    label = "".join(map(_visible, text))
    if unicodedata.category(label[:1] or " ").startswith("M"):  # an accent with no letter to stand on
        return f"<U+{ord(label[0]):04X}>{label[1:]}"
    return label


def _hexadecimal(token: bytes) -> str:
    return "".join(f"<{byte:02X}>" for byte in token)


def _visible(character: str) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    if character.isprintable() and character not in _SIGNS.values():
        return character
    return f"<U+{ord(character):04X}>"
