"""Counting n-grams in sentences of ids, as Kneser-Ney needs them counted. NumPy alone: n-grams are sorted arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FALLBACK = (0.0, 0.5, 1.0, 1.5)  # discounts for a text too short to estimate them, as lmplz --discount_fallback


@dataclass(frozen=True)
class NGrams:
    """The n-grams of one n in a text, each as often as it is there."""

    keys: np.ndarray  # [n-gram], sorted: as in kneser_ney.Order
    index: np.ndarray  # [token of the text]: which n-gram ends there, -1 where the sentence is too short for one
    first: np.ndarray  # [n-gram]: a token of the text where it ends

    @classmethod
    def of(cls, keys: np.ndarray, whole: np.ndarray) -> NGrams:
        """From the key at each token of the text, which is one only where ``whole`` is true."""
        unique, first, inverse = np.unique(keys[whole], return_index=True, return_inverse=True)
        index = np.full(len(keys), -1)
        index[whole] = inverse
        return cls(unique, index, np.flatnonzero(whole)[first])


def effective_counts(these: NGrams, longer: NGrams | None, at_start: np.ndarray) -> np.ndarray:
    """What stands for the count of each n-gram: for the longest ones, how often they are in the text.

    For all others: how many different tokens stand before them, one for each of the n-grams ``longer`` by one. Where a
    sentence starts with them nothing can stand before them, and it is how often they are in the text again.
    """
    seen = these.index[these.index >= 0] if longer is None else these.index[longer.first]
    counts = np.bincount(seen, minlength=len(these.keys))
    return counts if longer is None else counts + np.bincount(these.index[at_start], minlength=len(these.keys))


def discounts(counts: np.ndarray) -> np.ndarray:
    """What is taken from a count of 0, 1, 2, and 3 or more (Chen and Goodman 1999).

    D_k = k - (k + 1) Y n_(k+1) / n_k, with Y = n_1 / (n_1 + 2 n_2), where n_k n-grams were counted k times.
    """
    n = np.bincount(np.minimum(counts, 5), minlength=6)
    if not n[1:5].all():
        return np.array(FALLBACK)
    y = n[1] / (n[1] + 2 * n[2])
    found = np.array([0.0, *(k - (k + 1) * y * n[k + 1] / n[k] for k in (1, 2, 3))])
    fits = (found >= 0).all() and (found <= np.arange(4)).all()
    return found if fits else np.array(FALLBACK)


def laid_out(sentences: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """All tokens one after the other, and the position of each in its sentence."""
    lengths = np.array([len(sentence) for sentence in sentences], dtype=np.int64)
    tokens = np.fromiter((token for sentence in sentences for token in sentence), dtype=np.int64, count=lengths.sum())
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    return tokens, np.arange(len(tokens)) - starts


def one_later(index: np.ndarray) -> np.ndarray:
    """What stands at each token, moved to the token after it: an n-gram becomes the context of the next token."""
    return np.concatenate(([-1], index[:-1]))
