"""How large one head's products q . k are, and what the softmax makes of them: with 1/sqrt(m) and without it.

With relative positions the scores are products plus biases by distance, which no factor changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.score_laboratory import entropy, jacobian_norm
from explorer.reference import attention_weights

if TYPE_CHECKING:
    from explorer.model.trace import AttentionTrace

N_DRAWS = 20  # random heads whose mean is taken


@dataclass(frozen=True)
class HeadScores:
    """One head in numbers; each pair with 1/sqrt(m) first, without it second. Only what the mask allows counts."""

    variance: tuple[float, float]  # of the scores, over all pairs of a query and a key
    entropy: tuple[float, float]  # of the weights, in nats, mean over the queries
    norm: tuple[float, float]  # Frobenius norm of the softmax's Jacobian, mean over the queries


def head_scores(attention: AttentionTrace, head: int) -> HeadScores:
    """Head ``head`` of a finished run; what the model itself computed is taken from its trace."""
    m = attention.q.shape[-1]
    own, mask = attention.scores[head], attention.mask[0]
    scaled = attention.scale != 1 or m == 1
    root = np.sqrt(np.float32(m))
    if attention.position_bias.any():
        bias = attention.position_bias[head]
        products = own - bias
        pair = (own, products * root + bias) if scaled else (products / root + bias, own)
    else:
        pair = (own, own * root) if scaled else (own / root, own)
    weights = [
        attention.weights[head] if (n == 0) == scaled else attention_weights(s, mask) for n, s in enumerate(pair)
    ]
    return _measure(pair, weights, mask)


def random_head(n_queries: int, m: int, mask: np.ndarray, seed: int) -> HeadScores:
    """The same numbers for q and k drawn from N(0, 1), m numbers long, under the same mask: the mean of 20 draws."""
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(N_DRAWS):
        q, k = random.standard_normal((n_queries, m)), random.standard_normal((mask.shape[1], m))
        pair = q @ k.T / np.sqrt(m), q @ k.T
        found = _measure(pair, [attention_weights(scores, mask) for scores in pair], mask)
        drawn.append((found.variance, found.entropy, found.norm))
    return HeadScores(*(tuple(map(float, pair)) for pair in np.mean(drawn, axis=0)))


def _measure(pair: tuple[np.ndarray, ...], weights: list[np.ndarray], mask: np.ndarray) -> HeadScores:
    return HeadScores(
        tuple(float(scores[mask].astype(np.float64).var()) for scores in pair),
        tuple(float(entropy(w).mean()) for w in weights),
        tuple(float(jacobian_norm(w).mean()) for w in weights),
    )
