"""Texts beside each other: where they part, how far one is ahead of another, and which one is believed in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import numpy as np

from explorer.analysis.factorisation import Factorisation, log_softmax


def common_start(texts: Sequence[Sequence[int]]) -> int:
    """How many tokens all texts have in common at their start: the first in which they differ comes after so many.

    >>> common_start([(5, 7, 2), (5, 3, 2), (5, 7, 1)])
    1
    """
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*texts, strict=False)))


def relative_belief(log_p: Sequence[float]) -> np.ndarray:
    """``p_k / sum_j p_j`` of each candidate, in float64: the softmax of the log p. As if there were no other text.

    >>> relative_belief([np.log(0.03), np.log(0.01)]).round(2)
    array([0.75, 0.25])
    """
    return np.exp(log_softmax(np.asarray(log_p)))


def running_lead(one: Factorisation, other: Factorisation) -> np.ndarray:
    """By how much ``one`` is ahead of ``other`` after each of its own tokens: sum of its logs - sum of the other's.

    A text that has no more tokens keeps its sum. Where ``other`` is the longer one, the last entry counts all of it, so
    that it is the difference of the two log p.

    Returns
    -------
    array [len(one)], in nats
    """
    theirs = other.running_log_p[np.minimum(np.arange(len(one)), len(other) - 1)]
    lead = one.running_log_p - theirs
    lead[-1] = one.total_log_p - other.total_log_p
    return lead


def largest_difference(one: np.ndarray, other: np.ndarray) -> float:
    """The largest absolute difference of any two numbers in the same place, in float64; 0 where there are none."""
    return float(np.abs(np.asarray(one, dtype=np.float64) - other).max(initial=0.0))


def changed_rows(before: np.ndarray, after: np.ndarray, tolerance: float = 1e-6) -> np.ndarray:
    """The rows of two matrices, counted from 0, that differ by more than ``tolerance`` anywhere."""
    return np.flatnonzero(np.abs(np.asarray(before, dtype=np.float64) - after).max(axis=-1) > tolerance)
