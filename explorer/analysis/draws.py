"""Many draws from one distribution: how often each outcome came, and how often chance would let it come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from math import lgamma
from typing import TypeVar

import numpy as np

Outcome = TypeVar("Outcome", bound=Hashable)
LEVEL = 0.95


def most_frequent(outcomes: Iterable[Outcome]) -> list[tuple[Outcome, int]]:
    """The outcomes with their counts, the most frequent first; of equals, the one that came first.

    >>> most_frequent(["a", "b", "c", "b"])
    [('b', 2), ('a', 1), ('c', 1)]
    """
    return Counter(outcomes).most_common()


def binomial_band(p: np.ndarray, n: int, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Between which frequencies an outcome of probability ``p`` lies in ``n`` independent draws, with this probability.

    count / n, where count follows the binomial distribution: the quantiles at (1 - level) / 2 and (1 + level) / 2, so
    at least ``level`` of the probability lies between them, both included. Exact: a normal approximation is bad where
    n p is small.

    Parameters
    ----------
    p : array [point]
    n : int
        At least 1.

    Returns
    -------
    (low, high) : arrays [point], from 0 to 1

    >>> low, high = binomial_band(np.array([0.0, 0.5, 1.0]), 1)
    >>> low, high
    (array([0., 0., 1.]), array([0., 1., 1.]))
    """
    if n < 1:
        raise ValueError(f"there must be at least one draw, not {n}")
    counts = np.arange(n + 1)
    log_ways = np.array([lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) for k in counts])
    p = np.asarray(p, dtype=np.float64)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(counts == 0, 0.0, counts * np.log(p)) + np.where(counts == n, 0.0, (n - counts) * np.log1p(-p))
    up_to = np.cumsum(np.exp(log_ways + terms), axis=-1)
    slack = 1e-12  # the sum of a million roundings must not push a quantile one further
    low = (up_to < (1 - level) / 2 - slack).sum(axis=-1)
    high = (up_to < (1 + level) / 2 - slack).sum(axis=-1)
    return low / n, np.minimum(high, n) / n
