"""How far the weights of all heads of one kind have moved: where most, and whether the heads look more widely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.analysis.head_statistics import entropy


@dataclass(frozen=True)
class LargestChange:
    """The weight that changed most, everything counted from 0."""

    layer: int
    head: int
    query: int
    key: int
    before: float
    after: float


def by_layer(weights: Sequence[np.ndarray], order: Sequence[int], like: np.ndarray) -> np.ndarray:
    """The weights of a changed pass under the model's own layers, [layer, head, query, key].

    Parameters
    ----------
    weights : arrays [head, query, key]
        Of each block that ran.
    order : sequence of int
        Which layer of the model each of them is; of one that ran twice, the first run counts.
    like : array [layer, head, query, key]
        The model's own; a layer that did not run has no weights: zeros.
    """
    found = np.zeros_like(like)
    for layer, each in reversed(list(zip(order, weights, strict=True))):
        found[layer] = each
    return found


def largest_change(before: np.ndarray, after: np.ndarray) -> LargestChange:
    """Where |after - before| is largest; of equals, the first. Both [layer, head, query, key]."""
    difference = np.abs(np.asarray(after, np.float64) - before)
    place = np.unravel_index(int(np.nan_to_num(difference, nan=np.inf).argmax()), before.shape)
    return LargestChange(*map(int, place), float(before[place]), float(after[place]))


def mean_entropy(weights: np.ndarray) -> float:
    """The entropy of a row, in bits, the mean over all rows of all heads. NaN where no layer is left."""
    return float(entropy(weights).mean()) if weights.size else float("nan")
