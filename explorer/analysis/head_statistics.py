"""What one head does with a text, in a handful of numbers: how widely it looks, how far, and at which places.

Every function takes ``weights`` of shape [..., query, key], whose rows each sum to 1, and gives one number per head:
the mean over the rows (the queries) of what its formula says. Positions count from 1 in the formulas.
"""

from __future__ import annotations

import numpy as np


def entropy(weights: np.ndarray) -> np.ndarray:
    """How widely a query looks, in bits: mean_i of -sum_j w_ij log2 w_ij (Shannon 1948), where 0 log2 0 is 0.

    0 when each query looks at one key only, log2 of the number of keys when it looks at all of them alike.
    """
    w = weights.astype(np.float64)
    logs = np.log2(w, out=np.zeros_like(w), where=w > 0)
    # abs: a lone weight of 1 gives -0.0, which would read as a negative number
    return np.abs((w * logs).sum(axis=-1).mean(axis=-1))


def distance(weights: np.ndarray) -> np.ndarray:
    """How far away a query looks, in tokens: mean_i of sum_j w_ij |i - j|. For self-attention only."""
    n_queries, n_keys = _self_attention(weights)
    i, j = np.arange(n_queries)[:, None], np.arange(n_keys)
    return (weights.astype(np.float64) * np.abs(i - j)).sum(axis=-1).mean(axis=-1)


def share_on_previous(weights: np.ndarray) -> np.ndarray:
    """Share on the token just before: mean over i from 2 of w_i,i-1. The first token has none; NaN for one token."""
    _self_attention(weights)
    before = np.diagonal(weights.astype(np.float64), offset=-1, axis1=-2, axis2=-1)
    return before.mean(axis=-1) if before.shape[-1] else np.full(before.shape[:-1], np.nan)


def share_on_itself(weights: np.ndarray) -> np.ndarray:
    """Share on the query's own position: mean_i of w_ii. For self-attention only."""
    _self_attention(weights)
    return np.diagonal(weights.astype(np.float64), axis1=-2, axis2=-1).mean(axis=-1)


def share_on_first(weights: np.ndarray) -> np.ndarray:
    """Share on the first key: mean_i of w_i1."""
    return weights[..., 0].astype(np.float64).mean(axis=-1)


def share_on_last(weights: np.ndarray) -> np.ndarray:
    """Share on the last key: mean_i of w_in, n being the number of keys."""
    return weights[..., -1].astype(np.float64).mean(axis=-1)


SELF_ATTENTION = (entropy, distance, share_on_previous, share_on_itself, share_on_first)
# A target's and a source's positions count in different sentences: no distance, no previous token, no "itself".
CROSS_ATTENTION = (entropy, share_on_first, share_on_last)


def statistics_of(kind: str) -> tuple:
    """The functions that make sense for attention of ``kind`` ("encoder", "decoder" or "cross")."""
    return CROSS_ATTENTION if kind == "cross" else SELF_ATTENTION


def head_statistics(weights: np.ndarray, kind: str) -> np.ndarray:
    """All statistics of all heads: [layer, head, query, key] to [layer, head, statistic], by ``statistics_of``."""
    return np.stack([statistic(weights) for statistic in statistics_of(kind)], axis=-1)


def upper_limit(statistic, n_keys: int) -> float:
    """The largest value that ``statistic`` can take over ``n_keys`` keys: what a bar of full length stands for."""
    if statistic is entropy:
        return float(np.log2(n_keys))
    return float(n_keys - 1) if statistic is distance else 1.0


def _self_attention(weights: np.ndarray) -> tuple[int, int]:
    n_queries, n_keys = weights.shape[-2:]
    if n_queries != n_keys:
        raise ValueError(
            f"positions can be compared in self-attention only, not over {n_queries} queries x {n_keys} keys"
        )
    return n_queries, n_keys
