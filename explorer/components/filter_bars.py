"""A distribution on its way from the model to the draw: a column for each filter, and which tokens it drops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.components.base import declare, plain


@dataclass(frozen=True)
class FilterStage:
    """One column: the distribution after a filter, renormalised."""

    title: str  # "softmax(z)", "top-k"
    setting: str  # "k = 40"; "" for a stage that has none
    kept: int  # how many tokens are left after it
    mass: (
        float  # what share of the probability before this stage it kept, before it was renormalised; 1 if it drops none
    )
    cut: str = ""  # what stands at the line between the last kept and the first dropped, such as "k = 40"


@dataclass(frozen=True)
class FilterRow:
    """One token, or all the others together, through all stages."""

    label: str  # the token as the screen writes it; of the tail, words such as "3,980 other tokens together"
    token_id: int | None  # None for the tail
    probabilities: tuple[float | None, ...]  # one for each stage, 0 to 1; None from the stage on that dropped it


@dataclass(frozen=True)
class Die:
    """The uniform number of the draw, and the token in whose piece of [0, 1) it lies."""

    u: float  # 0 <= u < 1
    row: int  # the row's index, counted from 0; len(rows) for the tail


def filter_bars(
    stages: Sequence[FilterStage],
    rows: Sequence[FilterRow],
    *,
    key: str,
    title: str,
    tail: FilterRow | None = None,
    die: Die | None = None,
) -> None:
    """Draw the table, and under it the draw from its last column (inverse transform sampling).

    Parameters
    ----------
    stages : sequence of FilterStage
        The first is the model's own distribution.
    rows : sequence of FilterRow
        In the order in which the draw lays the tokens out from 0 to 1: by the probability that they have in the last
        stage, and those that were dropped after them.
    title : str
        What is shown, for those who cannot see it.
    tail : FilterRow, optional
        All tokens that have no row of their own, so that each column adds up to 1. 0 is None here: all are dropped.
    die : Die, optional
        Without it, nothing was drawn, and the bar from 0 to 1 is left out.

    Raises
    ------
    ValueError
        If a row does not have one probability for each stage, or the die does not show a row that can be drawn.
    """
    every = [*rows, *([tail] if tail else [])]
    if wrong := [row.label for row in every if len(row.probabilities) != len(stages)]:
        raise ValueError(f"{wrong[0]!r} does not have one probability for each of {len(stages)} stages")
    if die and not (0 <= die.u < 1 and 0 <= die.row < len(every) and every[die.row].probabilities[-1]):
        raise ValueError(f"u = {die.u} on row {die.row} of {len(every)} is no draw from the last stage")
    data = {
        "title": title,
        "stages": [plain(stage) for stage in stages],
        "rows": [plain(row) for row in rows],
        "tail": {**plain(tail), "probabilities": [p or None for p in tail.probabilities]} if tail else None,
        "die": plain(die) if die else None,
    }
    declare("filter_bars")(key=key, data=data)
