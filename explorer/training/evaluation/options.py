"""What can be chosen when a model is evaluated."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.model.checkpoint import Checkpoint

VALIDATION = "validation"
TEST_SET = "test_2016_flickr"  # Multi30k's first test set, the one that most publications report
SPLITS = {VALIDATION: (VALIDATION,), TEST_SET: (TEST_SET,), "both": (VALIDATION, TEST_SET)}


@dataclass(frozen=True)
class Options:
    """All of it is for translators."""

    split: str = "both"  # one of SPLITS
    beam: int = 5  # width of the beam that is measured beside greedy decoding
    by_length: bool = False  # whether BLEU by the source's length is wanted too
    beside: Checkpoint | None = None  # another translator, for the same by-length table

    def __post_init__(self) -> None:
        """ValueError for what cannot be measured."""
        if self.split not in SPLITS:
            raise ValueError(f"There is no split {self.split!r}; there are: {', '.join(SPLITS)}")
        if self.beam < 1:
            raise ValueError(f"A beam holds at least one hypothesis, not {self.beam}: choose --beam 1 or more")
        if self.beside and not self.beside.entry.config.has_cross_attention:
            raise ValueError(f"{self.beside.entry.name} does not translate: it cannot be compared by BLEU")
