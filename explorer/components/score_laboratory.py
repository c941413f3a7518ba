"""Random scores with 1/sqrt(m) and without it: the weights of one query, and curves over m, which follow a slider."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.components.base import declare, pack, plain, sent_by


@dataclass(frozen=True)
class Measure:
    """One panel of curves."""

    title: str
    symbol: str  # how its values are named in a line
    values: np.ndarray  # [2, size]: with 1/sqrt(m), without it
    theory: np.ndarray  # [2, size]; NaN where there is none
    hint: str = ""  # what it is, and what the dashed lines are
    ratio: bool = False  # whether the vertical axis is logarithmic
    top: float | None = None  # the vertical axis' end; None: what is largest
    top_name: str = ""  # what that end is called


def score_laboratory(
    measures: Sequence[Measure],
    scores: np.ndarray,
    weights: np.ndarray,
    sizes: Sequence[int],
    *,
    key: str,
    m: int,
    largest: int,
    on_size: Callable[[int], None] | None = None,
) -> None:
    """Draw everything at every size at once: the browser only chooses among the numbers that it was sent.

    Parameters
    ----------
    scores, weights : array [2, size, key]
        Of one query, with 1/sqrt(m) and without it.
    sizes : sequence of int
        The m that the slider stops at, ascending from 1 to ``largest``; ``m`` is one of them.
    on_size : called with the m that was let go of, typed or clicked, before the next run
        Any whole number from 1 to ``largest``.
    """

    def changed() -> None:
        if on_size and (new := read_size(sent_by(key, "size"), largest)):
            on_size(new)

    meta = {
        "m": m,
        "largest": largest,
        "measures": [
            {name: value for name, value in plain(each).items() if name not in ("values", "theory")}
            for each in measures
        ],
    }
    data = pack(
        meta,
        sizes=np.array(sizes, np.int32),
        measured=np.stack([each.values for each in measures]).astype(np.float32),
        theory=np.stack([each.theory for each in measures]).astype(np.float32),
        scores=scores.astype(np.float32),
        weights=weights.astype(np.float32),
    )
    declare("score_laboratory", "plot", "score_panels")(key=key, data=data, on_size_change=changed)


def read_size(value: Any, largest: int) -> int | None:
    """The size that the browser sent; None for anything else."""
    return value if type(value) is int and 1 <= value <= largest else None
