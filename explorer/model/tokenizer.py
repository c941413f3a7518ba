"""Text to ids and back, with labels fit for a screen: a thin layer over Hugging Face ``tokenizers``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from explorer.model.files import write_file
from explorer.model.frame import Frame, check_reads
from explorer.model.token_labels import bytes_of, readable

PAD, BOS, EOS, MASK, CLS, SEP = "[PAD]", "[BOS]", "[EOS]", "[MASK]", "[CLS]", "[SEP]"
SPECIAL_TOKENS = (PAD, BOS, EOS, MASK, CLS, SEP)
NEEDED_TOKENS = {"encoder-decoder": (BOS, EOS), "decoder": (BOS,), "encoder": (CLS, SEP, MASK)}  # to run a text
UNITS = ("bytes", "characters", "words")
_FRAMES = {  # architecture and what it reads -> the special tokens before the text, and after it
    ("encoder-decoder", "source"): ((), (EOS,)),
    ("encoder-decoder", "target"): ((BOS,), ()),
    ("decoder", "text"): ((BOS,), ()),
    ("encoder", "text"): ((CLS,), (SEP,)),
}


class UnknownText(ValueError):
    """A text holds something that is not in the vocabulary; the message says what, and what the vocabulary is."""


class TextTokenizer:
    """A vocabulary of one of three kinds, with the special tokens by name.

    bytes       byte-level BPE: pieces of words. Any text can be written with it, so there is no unknown token. A word
                and the space before it are one token, so a text is read as if a space stood before its first word.
    characters  each character is a token, spaces and line breaks too.
    words       what stands between spaces is a token; capital letters are read as small ones.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.units = _units(tokenizer)
        if self.units == "bytes":
            # The library would put that space also after each special token in the text.
            tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.no_truncation()  # the library would cut long texts where told to
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

    def token_of(self, special: str) -> str:
        """How a special token is written in a text; KeyError if this vocabulary has none of that name."""
        return self.tokenizer.id_to_token(self.special_ids[special])

    def frame(self, what: str, architecture: str) -> Frame:
        """The special tokens around a text that a model of this architecture reads.

        ``what`` is "source" or "target" for an encoder-decoder (its factors are those of the target and [EOS]), and
        "text" for a decoder or an encoder. ValueError for anything else, KeyError if this vocabulary lacks a token.
        """
        check_reads(architecture, what)
        before, after = _FRAMES[architecture, what]
        return Frame(tuple(map(self.id_of, before)), tuple(map(self.id_of, after)))

    def trim(self, text: str) -> str:
        """Without the spaces around a text, unless they are tokens of their own."""
        return text if self.units == "characters" else text.strip()

    def encode(self, text: str) -> list[int]:
        """Ids of the text alone, without any special tokens around it ("[MASK]" in the text is the mask token).

        Raises
        ------
        UnknownText
            If a character or word of the text is not in the vocabulary (never in a vocabulary of bytes).
        """
        try:
            return self.tokenizer.encode(self._with_space(text), add_special_tokens=False).ids
        except Exception:  # the library raises bare Exception
            raise self._unknown(text) from None

    def encode_target(self, text: str) -> list[int]:
        """``encode`` for the text that a decoder writes: one vocabulary serves both languages."""
        return self.encode(text)

    def encode_after(self, text: str) -> list[int]:
        """``encode`` for what goes on where another text ended: a word has a space before it, a comma has none.

        Raises
        ------
        UnknownText
            As ``encode``.
        """
        if self.units == "bytes" and not text[:1].isalnum():
            return self.tokenizer.encode(text.rstrip(), add_special_tokens=False).ids
        return self.encode(text if self.units == "characters" else text.rstrip())

    def encode_lines(self, lines: Iterable[str]) -> list[list[int]]:
        """``encode`` for many lines at once, on all cores."""
        batch = [self._with_space(line) for line in lines]
        try:
            return [encoding.ids for encoding in self.tokenizer.encode_batch(batch, add_special_tokens=False)]
        except Exception:  # see above
            return [self.encode(line) for line in batch]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of the ids, special tokens and the space before the first word left out."""
        if self.units == "bytes":
            return self.tokenizer.decode(list(ids), skip_special_tokens=True).removeprefix(" ")
        special = set(self.special_ids.values())
        tokens = (self.tokenizer.id_to_token(i) for i in ids if i not in special)
        return ("" if self.units == "characters" else " ").join(tokens)

    def labels(self, ids: Sequence[int]) -> list[str]:
        """One short label per id, different for different ids: see ``label``."""
        return [self.label(i) for i in ids]

    def label(self, token_id: int) -> str:
        """A token as one can see it: "␣" for a space, <0A> or <U+00A0> for what has no sign of its own."""
        if not 0 <= token_id < len(self._labels):
            raise ValueError(f"id {token_id} is not in this vocabulary of {self.vocab_size} tokens")
        return self._labels[token_id]

    def source_labels(self, ids: Sequence[int]) -> list[str]:
        """As ``labels``, for ids that an encoder reads: source and target share one vocabulary."""
        return self.labels(ids)

    def same_as(self, other: object) -> bool:
        """Whether the other one cuts every text alike."""
        return isinstance(other, TextTokenizer) and self.tokenizer.to_str() == other.tokenizer.to_str()

    def save(self, path: Path) -> None:
        write_file(path, self.tokenizer.to_str(pretty=True).encode())

    @classmethod
    def load(cls, path: Path) -> TextTokenizer:
        """Read what ``save`` wrote; ValueError if it is damaged, or has no units of ours or ids with gaps."""
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises bare Exception
            raise ValueError(str(error)) from None
        return cls(tokenizer)

    @classmethod
    def train(
        cls, lines: Iterable[str], vocab_size: int, special_tokens: Sequence[str], units: str = "bytes"
    ) -> TextTokenizer:
        """Learn a vocabulary of ``vocab_size`` tokens from lines of text: by BPE (Sennrich et al. 2016) from bytes;
        else all characters, or all words, of which there must be exactly so many: ValueError otherwise."""
        if units == "bytes":
            return cls(_learn_bpe(lines, vocab_size, special_tokens))
        split = _SPLIT[units]()
        found = {piece for line in lines for piece, _ in split.pre_tokenize_str(line)}
        tokens = [*special_tokens, *sorted(found)]
        if len(tokens) != vocab_size:
            raise ValueError(f"the text has {len(tokens)} {units}, special tokens counted, not vocab_size={vocab_size}")
        tokenizer = Tokenizer(models.WordLevel({token: i for i, token in enumerate(tokens)}))
        tokenizer.normalizer = _NORMALIZER[units]()
        tokenizer.pre_tokenizer = split
        tokenizer.add_special_tokens([AddedToken(token, special=True) for token in special_tokens])
        return cls(tokenizer)

    def _with_space(self, text: str) -> str:
        if self.units != "bytes" or not text or text.startswith((" ", *self.special_ids)):
            return text
        return f" {text}"

    def _unknown(self, text: str) -> UnknownText:
        """What to say of a text that cannot be written in this vocabulary."""
        for special in self.special_ids:
            text = text.replace(special, " ")
        pieces = self.tokenizer.pre_tokenizer.pre_tokenize_str(self.tokenizer.normalizer.normalize_str(text))
        unknown = next((piece for piece, _ in pieces if self.tokenizer.token_to_id(piece) is None), text)
        shown = readable(unknown[:30].encode("utf-8", "replace"))
        ordinary = [label for i, label in enumerate(self._labels) if i not in self.special_ids.values()]
        known = " ".join(ordinary) if len(ordinary) <= 100 else f"{len(ordinary)} of them"
        return UnknownText(f"“{shown}” is not among the {self.units} this model knows: {known}")

    def _label(self, token_id: int) -> str:
        token = self.tokenizer.id_to_token(token_id)
        if token is None:
            raise ValueError(f"no token has the id {token_id}, though there are {self.vocab_size} tokens")
        if token_id in self.special_ids.values():
            return token
        if self.units != "bytes":
            return readable(token.encode(), SPECIAL_TOKENS)
        try:
            return readable(bytes_of(token), SPECIAL_TOKENS)
        except KeyError:
            raise ValueError(f"the token {token!r} (id {token_id}) is not written in bytes") from None


_SPLIT = {
    "characters": lambda: pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated"),
    "words": pre_tokenizers.WhitespaceSplit,
}
_NORMALIZER = {
    "characters": normalizers.NFC,
    "words": lambda: normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()]),
}


def _units(tokenizer: Tokenizer) -> str:
    """What a tokenizer's tokens are made of; ValueError if it is none of the three kinds."""
    if isinstance(tokenizer.model, models.WordLevel):
        for units, split in (("characters", pre_tokenizers.Split), ("words", pre_tokenizers.WhitespaceSplit)):
            if isinstance(tokenizer.pre_tokenizer, split):
                return units
        raise ValueError("its vocabulary is of neither characters nor words")
    return "bytes"


def _learn_bpe(lines: Iterable[str], vocab_size: int, special_tokens: Sequence[str]) -> Tokenizer:
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
    return tokenizer
