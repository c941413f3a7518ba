"""What becomes of a model's outputs when its words change places, or its position codes are others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def shuffled(ids: Sequence[int], seed: int, first: int = 0, last: int | None = None) -> np.ndarray:
    """An order of a text's positions, [position]: place p of the new text holds what stood at ``order[p]``.

    Parameters
    ----------
    ids : sequence of int
        The tokens of the text: where they are not all the same, the new text is never the text as it was.
    first, last : int
        Only positions first, ..., last - 1 change places (by default all).
    """
    last = len(ids) if last is None else last
    text, order, rng = np.asarray(ids), np.arange(len(ids)), np.random.default_rng(seed)
    if len(set(ids[first:last])) < 2:
        return order
    while np.array_equal(text[order], text):
        order[first:last] = first + rng.permutation(last - first)
    return order


def swapped(n_positions: int, a: int, b: int) -> np.ndarray:
    """The order in which the tokens at a and b have changed places, and nothing else, [position]."""
    order = np.arange(n_positions)
    order[[a, b]] = b, a
    return order


def largest_difference(a: np.ndarray, b: np.ndarray) -> float:
    """max |a - b| over everything; 0 for two empty arrays."""
    return float(np.abs(np.asarray(a, np.float64) - np.asarray(b, np.float64)).max(initial=0.0))


def norms(states: np.ndarray) -> np.ndarray:
    """|x| of each position, [position] (Euclidean), in float64."""
    return np.linalg.norm(np.asarray(states, np.float64), axis=-1)
