"""The gaps of a text that a BERT reads: how its mask is written, where it stands, and what the screen calls each."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.ui.cache import load
from explorer.ui.lessons import lesson
from explorer.ui.literal import token_name

MASK = "[MASK]"  # the name of its role in every vocabulary, and how ours and BERT's write it


def mask_of(model: str) -> str:
    """The mask as one writes it in a text: "[MASK]", or "<mask>" in a RoBERTa; KeyError for a model that has none."""
    return load(model).tokenizer.token_of(MASK)


def gaps_of(model: str, ids: Sequence[int]) -> tuple[int, ...]:
    """The positions of the gaps, from 0; none for a model without a mask."""
    mask = load(model).tokenizer.special_ids.get(MASK)
    return tuple(i for i, token in enumerate(ids) if token == mask)


def gap_names(model: str, n: int) -> list[str]:
    """What each of n gaps is called: "[MASK]" where it is the only one, else "[MASK] number 1" ..."""
    mask = mask_of(model)
    return [mask] if n == 1 else [f"{mask} number {number}" for number in range(1, n + 1)]


def gap_lesson(model: str, page: str, section: str) -> str:
    """A section of a lesson, with the model's own mask where the lesson writes `[MASK]`."""
    words, written = lesson(page, section), f"`{MASK}`"
    return words.replace(written, token_name(mask_of(model))) if written in words else words
