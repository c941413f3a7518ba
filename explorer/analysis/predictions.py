"""What a model says: probabilities from logits, its most probable tokens, and what a given text got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Prediction:
    """The most probable tokens of one position, the most probable first."""

    ids: np.ndarray  # [k], token ids
    probabilities: np.ndarray  # [k], float64, as shares of all tokens, not of these k alone


def softmax(logits: np.ndarray) -> np.ndarray:
    """``p_i = exp(z_i) / sum_j exp(z_j)`` over the last axis, in float64.

    The largest logit is subtracted first, which changes no probability and keeps ``exp`` from overflowing.

    >>> softmax(np.array([0.0, 0.0]))
    array([0.5, 0.5])
    """
    shifted = np.asarray(logits, dtype=np.float64)
    exponentials = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def top_k(logits: np.ndarray, k: int) -> Prediction:
    """The ``k`` most probable tokens for the logits of one position; of equals, the smaller id first.

    Parameters
    ----------
    logits : array [vocab_size]
    k : int
        At least 1; where there are fewer tokens, all of them.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    probabilities = softmax(logits)
    ids = np.argsort(-probabilities, kind="stable")[:k]
    return Prediction(ids, probabilities[ids])


def token_probabilities(logits: np.ndarray, ids: Sequence[int]) -> np.ndarray:
    """``p(y_i | y_1 .. y_i-1)`` for each token ``y_i``: the factors of the autoregressive product.

    Parameters
    ----------
    logits : array [position, vocab_size]
        Row ``i`` was computed from what the decoder read up to position ``i`` and speaks of the token that follows.
    ids : sequence of int [position]
        The token that follows at each position: what the decoder read, shifted by one, and then the end.

    Returns
    -------
    array [position], float64
    """
    if len(ids) != len(logits):
        raise ValueError(f"{len(ids)} tokens do not go with the logits of {len(logits)} positions")
    return softmax(logits)[np.arange(len(ids)), np.asarray(ids, dtype=np.int64)]
