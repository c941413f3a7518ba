"""Text to ids and back, with labels fit for a screen: a thin layer over Hugging Face ``tokenizers``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

PAD, BOS, EOS, MASK, CLS, SEP = "[PAD]", "[BOS]", "[EOS]", "[MASK]", "[CLS]", "[SEP]"
SPECIAL_TOKENS = (PAD, BOS, EOS, MASK, CLS, SEP)

# Byte-level BPE writes each byte as one printable character; this is the way back (Radford et al. 2019, section 2.2).
_PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
_BYTE_OF = {chr(byte): byte for byte in _PRINTABLE}
_BYTE_OF |= {chr(256 + i): byte for i, byte in enumerate(b for b in range(256) if b not in _PRINTABLE)}


class TextTokenizer:
    """Byte-level BPE (any text can be written with it, so there is no unknown token), with the special tokens by name."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.special_ids = {name: tokenizer.token_to_id(name) for name in SPECIAL_TOKENS}
        self.special_ids = {name: i for name, i in self.special_ids.items() if i is not None}

    @property
    def vocab_size(self) -> int:
        return self.tokenizer.get_vocab_size()

    def id_of(self, special: str) -> int:
        """The id of a special token; KeyError if this vocabulary has none of that name."""
        return self.special_ids[special]

    def encode(self, text: str) -> list[int]:
        """Ids of the text alone, without any special tokens around it ("[MASK]" in the text is the mask token)."""
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text of the ids, special tokens left out."""
        return self.tokenizer.decode(list(ids), skip_special_tokens=True).strip()

    def labels(self, ids: Sequence[int]) -> list[str]:
        """One short label per id: "␣" for a leading space, hexadecimal for bytes that are no character alone."""
        return [self.label(i) for i in ids]

    def label(self, token_id: int) -> str:
        token = self.tokenizer.id_to_token(token_id)
        if token is None:
            raise ValueError(f"id {token_id} is not in this vocabulary of {self.vocab_size} tokens")
        if token_id in self.special_ids.values():
            return token
        data = bytes(_BYTE_OF[character] for character in token)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return "".join(f"<{byte:02X}>" for byte in data)
        return "".join(_visible(character) for character in text)

    def save(self, path: Path) -> None:
        self.tokenizer.save(str(path))

    @classmethod
    def load(cls, path: Path) -> TextTokenizer:
        return cls(Tokenizer.from_file(str(path)))

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


def _visible(character: str) -> str:
    return {" ": "␣", "\n": "⏎", "\t": "⇥"}.get(character) or (
        character if character.isprintable() else f"<U+{ord(character):04X}>"
    )
