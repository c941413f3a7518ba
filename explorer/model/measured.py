"""How good a translator is for short and for long sources: BLEU by length, as evaluation.json beside its weights holds
it. Read without torch.

    {"by_length": [{"split": "test_2016_flickr", "beam": 5, "metric": "cased BLEU, nrefs:1|case:mixed|...",
                    "buckets": [{"words_from": 4, "words_to": 9, "sentences": 275, "bleu": 49.2}, ...]}]}
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from explorer.model.catalogue import CheckpointError, sentence, shown
from explorer.model.files import write_file

EVALUATION_FILE = "evaluation.json"


@dataclass(frozen=True)
class Bucket:
    """The sentences whose sources have about one length."""

    words_from: int  # the shortest source, in words
    words_to: int  # the longest
    sentences: int
    bleu: float  # of all of them together, 0 to 100

    def __post_init__(self) -> None:
        """ValueError for what no evaluation gives."""
        for name in ("words_from", "words_to", "sentences"):
            if type(value := getattr(self, name)) is not int or value < 1:
                raise ValueError(f"{name} must be a whole number from 1 up, not {value!r}")
        if self.words_to < self.words_from:
            raise ValueError(f"words_to={self.words_to} is below words_from={self.words_from}")
        if isinstance(self.bleu, bool) or not isinstance(self.bleu, int | float) or not 0 <= self.bleu <= 100:
            raise ValueError(f"bleu must be a number from 0 to 100, not {self.bleu!r}")


@dataclass(frozen=True)
class ByLength:
    """One set of sentences, translated once."""

    split: str  # "test_2016_flickr"
    beam: int  # the width of the beam that translated them; 1 is greedy
    metric: str  # how BLEU was computed
    buckets: tuple[Bucket, ...]  # short sources first

    def __post_init__(self) -> None:
        """ValueError for what no evaluation gives."""
        if not (isinstance(self.split, str) and isinstance(self.metric, str)):
            raise ValueError("split and metric must be texts")
        if type(self.beam) is not int or self.beam < 1:
            raise ValueError(f"beam must be a whole number from 1 up, not {self.beam!r}")
        if not self.buckets or any(a.words_to >= b.words_from for a, b in pairwise(self.buckets)):
            raise ValueError("buckets must be one or more, from short to long")


def write_by_length(folder: Path, tables: Iterable[ByLength]) -> None:
    """Write ``folder/evaluation.json``, which ``read_by_length`` reads."""
    content = {"by_length": [asdict(table) for table in tables]}
    write_file(folder / EVALUATION_FILE, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())


def read_by_length(folder: Path) -> tuple[ByLength, ...]:
    """The figures by length of the model in ``folder``, one table for each set of sentences.

    Raises
    ------
    CheckpointError
        One sentence saying that there are none, or what is wrong with the file.
    """
    path = folder / EVALUATION_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{folder.name} has no figures by length: {shown(path)} is missing.") from None
    except OSError as error:
        raise CheckpointError(f"{shown(path)} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise CheckpointError(sentence(f"{shown(path)} is not JSON: {error}")) from None
    try:
        return tuple(_table(values) for values in content["by_length"])
    except KeyError as error:
        raise CheckpointError(f"{shown(path)} holds no figures by length: {error} is missing.") from None
    except (TypeError, ValueError) as error:
        raise CheckpointError(sentence(f"{shown(path)} holds no figures by length: {error}")) from None


def _table(values: dict[str, Any]) -> ByLength:
    return ByLength(**{**values, "buckets": tuple(Bucket(**bucket) for bucket in values["buckets"])})
