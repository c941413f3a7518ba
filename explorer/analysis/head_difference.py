"""How far two heads are apart: what part of its attention each query would have to move."""

from __future__ import annotations

import numpy as np


def total_variation(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    r"""The mean over the queries i of \frac{1}{2} \sum_j |a_{ij} - b_{ij}|, in float64.

    This is the total variation distance of the rows: 0 for the same weights, 1 where no key has weight from both.

    Parameters
    ----------
    one, other : array [..., query, key]
        Rows that each sum to 1.

    Returns
    -------
    array [...]

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if one.shape != other.shape:
        raise ValueError(f"weights of {one.shape} and {other.shape} have no difference")
    return 0.5 * np.abs(np.asarray(one, np.float64) - other).sum(axis=-1).mean(axis=-1)


def paired_labels(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """One label for each place of two texts of as many tokens: where they differ both, their ends left out if long.

    >>> paired_labels(("a", "dog", "sleeping"), ("a", "cat", "playing"))
    ('a', 'dog|cat', 'sleep…|playi…')
    """
    return tuple(a if a == b else f"{_start(a)}|{_start(b)}" for a, b in zip(one, other, strict=True))


def _start(label: str, most: int = 6) -> str:
    return label if len(label) <= most else f"{label[: most - 1]}…"
