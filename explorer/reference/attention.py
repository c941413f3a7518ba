"""Attention (paper, sections 3.2.1 and 3.2.2): one head, then all heads."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np

from explorer.model.config import TransformerConfig
from explorer.reference.changes import AS_IT_IS, AttentionChange

Parameters = dict[str, np.ndarray]


# Attention: one head


def linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """W x + b for every row x; row i of W makes number i of the result. So linear(x, W_Q) is the board's q = W_Q x."""
    return x @ weight.T if bias is None else x @ weight.T + bias


def scaled_scores(q: np.ndarray, k: np.ndarray, scale: float) -> np.ndarray:
    """Relevance: score_ij = q_i . k_j * scale, with scale = 1 / sqrt(d_k) (paper, equation 1)."""
    return q @ k.T * scale


def relative_buckets(distance: np.ndarray, n_buckets: int, max_distance: int, both_ways: bool) -> np.ndarray:
    """Which bucket a distance key - query falls into (Raffel et al. 2020, section 2.1): the first half of a direction's
    buckets hold one distance each, the others grow with its logarithm, up to max_distance."""
    offset = np.zeros_like(distance)
    if both_ways:
        n_buckets //= 2
        offset, distance = np.where(distance > 0, n_buckets, 0), np.abs(distance)
    else:
        distance = np.maximum(-distance, 0)
    exact = n_buckets // 2
    ratio = np.log(np.maximum(distance, 1).astype(np.float32) / np.float32(exact)) / math.log(max_distance / exact)
    far = np.minimum(exact + np.trunc(ratio * (n_buckets - exact)).astype(int), n_buckets - 1)
    return offset + np.where(distance < exact, distance, far)


def relative_bias(
    n_queries: int, n_keys: int, table: np.ndarray, config: TransformerConfig, both_ways: bool
) -> np.ndarray:
    """b_ij, [head, query, key]: the table's row for the bucket of j - i; what is added to score_ij."""
    distance = np.arange(n_keys)[None, :] - np.arange(n_queries)[:, None]
    buckets = relative_buckets(distance, config.relative_buckets, config.relative_max_distance, both_ways)
    return table[buckets].transpose(2, 0, 1)


def softmax(scores: np.ndarray) -> np.ndarray:
    """exp(s_j) / sum_j exp(s_j) along each row. Subtracting the largest changes nothing but keeps exp finite."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def attention_weights(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """softmax_j(score_ij) over the keys that query i may look at; where the mask is False the weight is exactly 0."""
    return softmax(np.where(mask, scores, -np.inf))


def weighted_values(weights: np.ndarray, v: np.ndarray) -> np.ndarray:
    """y_i = sum_j weight_ij v_j, the last step of equation 1."""
    return weights @ v


def causal_mask(n_positions: int) -> np.ndarray:
    """[query, key], True where j <= i: no position sees what comes after it (paper, section 3.2.3)."""
    return np.arange(n_positions)[None, :] <= np.arange(n_positions)[:, None]


# Attention: all heads


def split_heads(x: np.ndarray, n_heads: int) -> np.ndarray:
    """[position, n_heads * size] -> [head, position, size]: the first ``size`` columns are head 0's, and so on."""
    return np.stack(np.split(x, n_heads, axis=-1))


def concatenate_heads(heads: np.ndarray) -> np.ndarray:
    """[head, position, d_v] -> [position, n_heads * d_v]: the heads' results side by side."""
    return np.concatenate(list(heads), axis=-1)


def multi_head_attention(
    x: np.ndarray,
    context: np.ndarray,
    mask: np.ndarray,
    p: Parameters,
    config: TransformerConfig,
    change: AttentionChange = AS_IT_IS,
    position_bias: np.ndarray | None = None,
) -> SimpleNamespace:
    """W_O [y of head 1; ...; y of head s], where every head asks with x and looks at context (paper, section 3.2.2).

    ``position_bias`` [head, query, key] is added to the scores by models with relative positions.
    """
    scale = 1 / math.sqrt(config.d_k) if config.scale_scores else 1.0
    q = split_heads(linear(x, p["w_q.weight"], p.get("w_q.bias")), config.n_heads)
    k = split_heads(linear(context, p["w_k.weight"], p.get("w_k.bias")), config.n_heads)
    v = split_heads(linear(context, p["w_v.weight"], p.get("w_v.bias")), config.n_heads)
    scores = np.stack([scaled_scores(q[h], k[h], scale) for h in range(config.n_heads)])
    bias = np.zeros((1, *mask.shape), scores.dtype) if position_bias is None else position_bias
    scores = scores + bias
    weights = np.stack([attention_weights(scores[h], mask) for h in range(config.n_heads)])
    weights = change.weights(weights, mask)
    heads = np.stack([weighted_values(weights[h], v[h]) for h in range(config.n_heads)])
    heads = change.heads(heads, mask)
    output = linear(concatenate_heads(heads), p["w_o.weight"], p.get("w_o.bias"))
    return SimpleNamespace(
        q=q,
        k=k,
        v=v,
        scale=scale,
        position_bias=bias,
        scores=scores,
        mask=mask[None],
        weights=weights,
        heads=heads,
        output=output,
    )
