"""One word of a text changed: which token of the one text is which of the other, and how far their states are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Alignment:
    """Two texts that are the same before ``start``, and the same again after the change; positions count from 0."""

    start: int  # the first token that differs
    end_before: int  # where the same tokens begin again, in the first text
    end_after: int  # and in the second
    n_before: int
    n_after: int

    @property
    def same_length(self) -> bool:
        return self.n_before == self.n_after

    @property
    def partners(self) -> np.ndarray:
        """For each token of the first text its partner in the second, [position]; -1 where it has none.

        Tokens before the change go with tokens before it, tokens after it with tokens after it. The changed ones go
        with each other one by one, if there are as many.
        """
        found = np.arange(self.n_before)
        found[self.end_before :] += self.n_after - self.n_before
        if not self.same_length:
            found[self.start : self.end_before] = -1
        return found


def align(before: Sequence[int], after: Sequence[int]) -> Alignment:
    """Find the longest common start of two texts, then the longest common end of what is left of both.

    >>> align([1, 5, 6, 2], [1, 7, 2])
    Alignment(start=1, end_before=3, end_after=2, n_before=4, n_after=3)
    """
    shorter = min(len(before), len(after))
    start = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    room = shorter - start
    end = next((n for n in range(room) if before[-1 - n] != after[-1 - n]), room)
    return Alignment(start, len(before) - end, len(after) - end, len(before), len(after))


def relative_change(before: np.ndarray, after: np.ndarray, alignment: Alignment) -> np.ndarray:
    r"""\lVert x'_i - x_i \rVert / \lVert x_i \rVert of each state, in float64; NaN where a token has no partner.

    0 says that the two states are the same, number by number. A state of zeros that became another one gives infinity.

    Parameters
    ----------
    before, after : array [layer, position, d_model]

    Returns
    -------
    array [layer, position of the first text]
    """
    moved = np.linalg.norm(_differences(before, after, alignment), axis=-1)
    length = np.linalg.norm(np.asarray(before, np.float64), axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(moved == 0, 0.0, moved / length)


def largest_changes(before: np.ndarray, after: np.ndarray, alignment: Alignment) -> np.ndarray:
    """The largest difference of any number of a position in any layer, [position of the first text]; NaN as above."""
    return np.abs(_differences(before, after, alignment)).max(axis=(0, 2))


def _differences(before: np.ndarray, after: np.ndarray, alignment: Alignment) -> np.ndarray:
    partners = alignment.partners
    found = np.asarray(after, np.float64)[:, partners] - before
    found[:, partners < 0] = np.nan
    return found
