"""Marian's tokens (opus-mt): a sentencepiece model for each language, and one list that gives their pieces their ids.

As transformers' MarianTokenizer: a text is first split at the special tokens written in it; a part that begins with a
language code, ">>fra<<", gives the code as one token; the rest is cut by sentencepiece. What the list lacks is <unk>.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sentencepiece import SentencePieceProcessor

from explorer.hub.tokenizers.damage import blamed_on, read_bytes, read_object
from explorer.hub.tokenizers.declared import Declared, Token
from explorer.hub.tokenizers.labels import SPACE
from explorer.hub.tokenizers.pipeline import clean_up
from explorer.hub.tokenizers.pipelines import DEFAULTS
from explorer.model.catalogue import CheckpointError, shown
from explorer.model.frame import Frame

CODE = re.compile(r">>.*?<<", re.DOTALL)


class Marian:
    """Two languages. May be used by many threads at once. CheckpointError if a file is missing or damaged."""

    marks = SPACE

    def __init__(self, folder: Path, said: Declared) -> None:
        separate = bool(said.options.get("separate_vocabs", False))
        named = said.with_defaults(DEFAULTS["marian"])
        self._source = _read_list(folder / "vocab.json", str(named["unk_token"]))
        self._target = _read_list(folder / "target_vocab.json", str(named["unk_token"])) if separate else self._source
        self._source_model, self._target_model = _read_model(folder / "source.spm"), _read_model(folder / "target.spm")
        # transformers puts the pieces of a text together by the source's model, unless the lists are two
        self._decoder = self._target_model if separate else self._source_model
        self._clean = bool(said.options.get("clean_up_tokenization_spaces", False))

        unnamed = said.extra if said.extra is not None else said.additional or []
        self.added_tokens = _added(self._source, said, named, unnamed)
        ids = {token: i for i, token in self.added_tokens.items()}
        self._added_ids = ids
        self.named_ids = {name: ids[str(token)] for name, token in named.items()}
        self.special_tokens = set(ids)
        self._skipped = {ids[str(token)] for token in [*named.values(), *unnamed]}
        self._found = re.compile("|".join(map(re.escape, sorted(ids, key=len, reverse=True))))
        self._unknown = str(named["unk_token"])
        self._text_of = {i: token for token, i in self._target.items()} | self.added_tokens
        self.identity = repr([self._source_model.serialized_model_proto(), self._target_model.serialized_model_proto()])
        self.identity += repr([sorted(self._source.items()), sorted(self._target.items()), sorted(ids.items())])

    def tokens(self) -> dict[str, int]:
        """Every token that a translation may hold, with its id."""
        return self._target | self._added_ids

    def source_tokens(self) -> dict[str, int]:
        """Every token that a source may hold, with its id: the same unless the checkpoint has two lists."""
        return self._source | self._added_ids

    def frame(self) -> Frame:
        """The special tokens that transformers puts around a text."""
        return Frame(after=(self.named_ids["eos_token"],))

    def encode(self, text: str) -> list[int]:
        return self._ids(text, self._source_model, self._source)

    def encode_target(self, text: str) -> list[int]:
        return self._ids(text, self._target_model, self._target)

    def decode(self, ids: Sequence[int]) -> str:
        pieces = [self._text_of[i] for i in ids if i in self._text_of and i not in self._skipped]
        text = self._decoder.decode_pieces(pieces).replace("▁", " ").strip()
        return clean_up(text) if self._clean else text

    def _ids(self, text: str, model: SentencePieceProcessor, ids: Mapping[str, int]) -> list[int]:
        unknown = ids[self._unknown]
        return [self._added_ids.get(piece, ids.get(piece, unknown)) for piece in self._pieces(text, model)]

    def _pieces(self, text: str, model: SentencePieceProcessor) -> Iterator[str]:
        start = 0
        for found in self._found.finditer(text):
            yield from _cut(text[start : found.start()], model)
            yield found.group()
            start = found.end()
        yield from _cut(text[start:], model)


def _cut(text: str, model: SentencePieceProcessor) -> Iterator[str]:
    """A part without special tokens: the language code that it begins with, and the pieces of the rest."""
    if code := CODE.match(text):
        yield code.group()
        text = text[code.end() :]
    if text:
        yield from model.encode(text, out_type=str)


def _added(
    ids: Mapping[str, int], said: Declared, named: Mapping[str, Token], unnamed: Sequence[Token]
) -> dict[int, str]:
    """The tokens found in a text before it is cut: those that a checkpoint adds, and its special tokens."""
    added = {i: token.content for i, token in said.added.items()}
    known = dict(ids) | {token: i for i, token in added.items()}
    for token in [*named.values(), *unnamed]:
        content = str(token)
        if content not in added.values():
            known.setdefault(content, len(known))
            added[known[content]] = content
    return added


def _read_list(path: Path, unknown: str) -> dict[str, int]:
    ids = read_object(path)
    if not all(type(i) is int and i >= 0 for i in ids.values()):
        raise CheckpointError(f"{shown(path)} is not a vocabulary: each token should have a whole number as its id.")
    if unknown not in ids:
        raise CheckpointError(f"{shown(path)} has no token {unknown}, which stands for what it cannot write.")
    return ids


def _read_model(path: Path) -> SentencePieceProcessor:
    content = read_bytes(path)
    with blamed_on(path):
        model = SentencePieceProcessor()
        model.LoadFromSerializedProto(content)
        return model
