"""The tokenizer of a Hugging Face checkpoint, with the interface of ``explorer.model.tokenizer.TextTokenizer``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from explorer.hub.tokenizers.labels import BYTES, label_all
from explorer.model.frame import Frame, check_reads
from explorer.model.tokenizer import BOS, UnknownText


class Cutter(Protocol):
    """What cuts a text into ids: ``pipeline.Pipeline``, or ``marian.Marian``."""

    identity: str
    marks: str
    special_tokens: set[str]

    def tokens(self) -> dict[str, int]: ...
    def source_tokens(self) -> dict[str, int]: ...
    def frame(self) -> Frame: ...
    def encode(self, text: str) -> list[int]: ...
    def encode_target(self, text: str) -> list[int]: ...
    def decode(self, ids: Sequence[int]) -> str: ...


class HubTokenizer:
    """Text to ids and back, exactly as transformers does it for the same files; nothing is cut off or padded.

    A text that the vocabulary cannot write becomes its unknown token ([UNK], <unk>), as the model has learned to read
    it. Special tokens written in a text become themselves. Never changed once it is made, so many threads may use it.

    units       "bytes" (byte-level BPE: GPT-2, RoBERTa, BART) or "pieces" (WordPiece, sentencepiece).
    special_ids id by role: [BOS] is what a decoder starts with, [EOS] what ends a text. Two roles may share one id:
                GPT-2 has <|endoftext|> for both; T5 and Marian start with their padding, BART with its </s>.
    vocab_size  the rows of the model's (for an encoder-decoder: the target's) embedding, often more than tokens.
    """

    def __init__(
        self, cutter: Cutter, roles: dict[str, int], vocab_size: int, source_vocab_size: int, forced: int | None = None
    ) -> None:
        self.vocab_size, self.source_vocab_size = vocab_size, source_vocab_size
        self.special_ids = dict(roles)
        self.units = "bytes" if cutter.marks == BYTES else "pieces"
        self._cutter, self._forced, self._frame = cutter, forced, cutter.frame()
        self._tokens = _by_id(cutter.tokens(), vocab_size)
        self._labels = label_all(self._tokens, cutter.special_tokens, cutter.marks)
        self._source_labels = self._labels
        if (source := _by_id(cutter.source_tokens(), source_vocab_size)) != self._tokens:
            self._source_labels = label_all(source, cutter.special_tokens, cutter.marks)

    def id_of(self, special: str) -> int:
        """The id that plays a role ([MASK], [BOS] ...); KeyError if this family has no such role."""
        return self.special_ids[special]

    def token_of(self, special: str) -> str:
        """How the token of a role is written in a text, "<mask>"; KeyError if this family has no such role."""
        return self._tokens[self.special_ids[special]] or ""

    def frame(self, what: str, architecture: str) -> Frame:
        """The special tokens around a text that a model of this architecture reads.

        "source" of an encoder-decoder and "text" of an encoder have what transformers puts around them. A "text" of a
        decoder has [BOS] before it: transformers puts nothing before GPT-2's, but then nothing would say how probable
        the first token is, and GPT-2 was trained on texts after <|endoftext|>. A "target" has what the decoder starts
        with, and the token that it must write first if there is one (BART).
        ValueError for anything else, KeyError if this family has no [BOS].
        """
        check_reads(architecture, what)
        if what == "target":
            return Frame((self.id_of(BOS), *([] if self._forced is None else [self._forced])))
        if architecture == "decoder":
            return Frame(self._frame.before or (self.id_of(BOS),), self._frame.after)
        return self._frame

    def trim(self, text: str) -> str:
        """The text itself: spaces around it are tokens of GPT-2, and the other families leave them out themselves."""
        return text

    def encode(self, text: str) -> list[int]:
        """Ids of the text alone, without any special tokens around it ("[MASK]" in the text is the mask token).

        Raises
        ------
        UnknownText
            If the text holds a token that was added to the vocabulary, but has no row in the model's embedding; or
            something that the vocabulary cannot write, and it lacks even its unknown token.
        """
        return self._known(_cut(self._cutter.encode, text), self.source_vocab_size)

    def encode_target(self, text: str) -> list[int]:
        """``encode`` for the text that a decoder writes: Marian cuts its two languages by two models."""
        return self._known(_cut(self._cutter.encode_target, text), self.vocab_size)

    def encode_after(self, text: str) -> list[int]:
        """Ids of what goes on where another text ended: in bytes a word gets a space before it, a comma none."""
        if self.units == "bytes" and text[:1].isalnum():
            text = f" {text}"
        return self.encode_target(text)

    def encode_lines(self, lines: Iterable[str]) -> list[list[int]]:
        """``encode`` for many lines."""
        return [self.encode(line) for line in lines]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of (target) ids as transformers gives it, special tokens and ids without a token left out."""
        return self._cutter.decode([int(i) for i in ids])

    def labels(self, ids: Sequence[int]) -> list[str]:
        """One short label per id, different for different ids: see ``label``."""
        return [self.label(i) for i in ids]

    def label(self, token_id: int) -> str:
        """A token as one can see it: "␣" for a space, "##ing" inside a word, "<unused 32105>" for a row of the model
        that no token has; of an encoder-decoder with two vocabularies, a token of the target's."""
        return _at(self._labels, token_id)

    def source_labels(self, ids: Sequence[int]) -> list[str]:
        """As ``labels``, for ids that an encoder reads: the same unless source and target have two vocabularies."""
        return [_at(self._source_labels, i) for i in ids]

    def same_as(self, other: object) -> bool:
        """Whether the other one cuts every text alike, and frames it alike."""
        return isinstance(other, HubTokenizer) and self._all() == other._all()

    def _all(self) -> tuple[object, ...]:
        return self.special_ids, self._forced, self.vocab_size, self.source_vocab_size, self._cutter.identity

    def _known(self, ids: list[int], size: int) -> list[int]:
        if ids and (highest := max(ids)) >= size:
            tokens = {**self._cutter.source_tokens(), **self._cutter.tokens()}
            written = next((token for token, i in tokens.items() if i == highest), str(highest))
            raise UnknownText(f"“{written[:30]}” is in this vocabulary, but the model has learned nothing for it")
        return ids


def _cut(cut: Callable[[str], list[int]], text: str) -> list[int]:
    try:
        return cut(text)
    except Exception:  # the library raises bare Exception
        raise UnknownText("this vocabulary cannot write all of it, and has no token for what is unknown") from None


def _by_id(tokens: dict[str, int], size: int) -> list[str | None]:
    by_id: list[str | None] = [None] * size
    for token, i in tokens.items():
        if 0 <= i < size:
            by_id[i] = token
    return by_id


def _at(labels: list[str], token_id: int) -> str:
    if not 0 <= token_id < len(labels):
        raise ValueError(f"id {token_id} is not in this vocabulary of {len(labels)} tokens")
    return labels[token_id]
