"""The vocabulary files of a checkpoint, read into plain values: tokens, merges, scores, and a table of characters."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers.models import BPE, WordPiece

from explorer.hub.tokenizers.damage import blamed_on, read_bytes
from explorer.model.catalogue import CheckpointError, shown

TOKENIZER_JSON = "tokenizer.json"
CONTROL, USER_DEFINED = 3, 4  # kinds of pieces in a sentencepiece model


@dataclass(frozen=True)
class Pieces:
    """A vocabulary of sentencepiece: each piece with the logarithm of its probability (Kudo 2018)."""

    scores: list[tuple[str, float]]
    characters: bytes | None  # how characters are normalised, in sentencepiece's own coding; None: they are not
    control: list[tuple[str, bool]]  # pieces that no text is cut into, and whether they are special


def read_merges(folder: Path, tokenizer_json: Mapping[str, Any]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Byte-level BPE: the ids of its tokens, and the merges in their order (tokenizer.json, or the two older files)."""
    if tokenizer_json:
        vocab, merges = _model(folder, tokenizer_json, "vocab", dict), _model(folder, tokenizer_json, "merges", list)
        with blamed_on(folder / TOKENIZER_JSON):
            pairs = [tuple(pair.split(" ")) if isinstance(pair, str) else tuple(pair) for pair in merges]
            if any(len(pair) != 2 for pair in pairs):
                raise ValueError("a merge must name two tokens")
            return vocab, pairs
    _require(folder, "vocab.json", "merges.txt")
    with blamed_on(folder / "vocab.json and merges.txt"):
        return BPE.read_file(str(folder / "vocab.json"), str(folder / "merges.txt"))


def read_words(folder: Path, tokenizer_json: Mapping[str, Any]) -> dict[str, int]:
    """WordPiece: the ids of its tokens (tokenizer.json, or vocab.txt: one token a line)."""
    if tokenizer_json:
        return _model(folder, tokenizer_json, "vocab", dict)
    _require(folder, "vocab.txt")
    with blamed_on(folder / "vocab.txt"):
        return WordPiece.read_file(str(folder / "vocab.txt"))


def read_pieces(folder: Path, tokenizer_json: Mapping[str, Any]) -> Pieces:
    """Sentencepiece's unigrams: tokenizer.json, or spiece.model."""
    if not tokenizer_json:
        return _read_sentencepiece(folder / "spiece.model")
    vocab = _model(folder, tokenizer_json, "vocab", list)
    with blamed_on(folder / TOKENIZER_JSON):
        normalizer = tokenizer_json.get("normalizer") or {}
        steps = normalizer["normalizers"] if normalizer.get("type") == "Sequence" else [normalizer]
        coded = next((step["precompiled_charsmap"] for step in steps if step.get("type") == "Precompiled"), None)
        scores = [(str(piece), float(score)) for piece, score in vocab]
        return Pieces(scores, base64.b64decode(coded) if coded else None, [])


def _read_sentencepiece(path: Path) -> Pieces:
    from sentencepiece import sentencepiece_model_pb2

    content = read_bytes(path)
    with blamed_on(path):
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString(content)
        if not model.pieces:
            raise ValueError("it has no pieces")
        control = [(each.piece, each.type == CONTROL) for each in model.pieces if each.type in (CONTROL, USER_DEFINED)]
        scores = [(each.piece, each.score) for each in model.pieces]
        return Pieces(scores, model.normalizer_spec.precompiled_charsmap or None, control)


def _model(folder: Path, tokenizer_json: Mapping[str, Any], field: str, kind: type) -> Any:
    """A field of the part of tokenizer.json that holds the vocabulary."""
    model = tokenizer_json.get("model")
    value = model.get(field) if isinstance(model, dict) else None
    if not isinstance(value, kind):
        words = {dict: "an object", list: "a list"}[kind]
        raise CheckpointError(
            f"{shown(folder / TOKENIZER_JSON)} is not a vocabulary of this family: model.{field} should be {words}."
        )
    return value


def _require(folder: Path, *names: str) -> None:
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise CheckpointError(
            f"{shown(folder)} has neither {TOKENIZER_JSON} nor {' and '.join(names)}: "
            "one of them is needed to read a text with this model."
        )
