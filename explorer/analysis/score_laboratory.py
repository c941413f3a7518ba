"""Why the scores are divided by sqrt(m): random q and k of every size, with the division and without it.

The paper (section 3.2.1, footnote 4) supposes components that are independent, with mean 0 and variance 1. Then q . k
has mean 0 and variance m, and its softmax comes "into regions where it has extremely small gradients". Here such q and
k are drawn and measured. Entropies are in nats, as in the limit ln n - 1/2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from explorer.limits import LABORATORY_KEYS, LABORATORY_SIZE
from explorer.reference import softmax

N_QUERIES = 200  # each with keys of its own, so that no key's luck is everybody's
# Powers of 2, and three steps between them where they are whole numbers.
SIZES = (1, 2, 3, *(2**p * quarters // 4 for p in range(2, 10) for quarters in (4, 5, 6, 7)), LABORATORY_SIZE)
MEASURES = ("variance", "entropy", "norm", "trace")
Draw = Callable[[int, tuple[int, ...]], np.ndarray]
SCALED, UNSCALED = 0, 1  # the first index of whatever is measured both ways


@dataclass(frozen=True)
class Laboratory:
    """What came out for every size m, with 1/sqrt(m) (index 0) and without it (index 1)."""

    sizes: tuple[int, ...]
    n_keys: int
    seed: int
    products: np.ndarray  # [size, query, key], q_i . k_ij
    measured: dict[str, np.ndarray]  # by MEASURES: [2, size]; entropy, norm and trace are means over the queries
    theory: dict[str, np.ndarray]  # the same by ``theory``; NaN where there is no formula
    scores: np.ndarray  # [2, size, key], of the first query
    weights: np.ndarray  # [2, size, key], their softmax

    def at(self, m: int) -> int:
        """Where a size stands among ``sizes``."""
        return self.sizes.index(m)


def laboratory(seed: int, n_keys: int, m: int, draw: Draw | None = None) -> Laboratory:
    """Draw, and measure at every size of ``SIZES`` and at ``m``, 1 to 1024, with 2 to 64 keys.

    ``draw`` stands for ``draw_products``: one that remembers.
    """
    sizes = tuple(sorted({*SIZES, m}))
    products = (draw or draw_products)(seed, sizes)[..., :n_keys]
    roots = np.sqrt(np.array(sizes))[:, None, None]
    both = [_measure(products / roots), _measure(products)]
    measured = {name: np.stack([values[name] for values, _ in both]) for name in MEASURES}
    scores = np.stack([products[:, 0] / roots[:, 0], products[:, 0]])
    weights = np.stack([first for _, first in both])
    return Laboratory(sizes, n_keys, seed, products, measured, theory(sizes, n_keys), scores, weights)


def draw_products(seed: int, sizes: tuple[int, ...]) -> np.ndarray:
    """q_i . k_ij over their first m numbers, for each m of ``sizes``: [size, query, key], read-only, at most 4 MB.

    q and k are drawn once, 1024 numbers long and with 64 keys, and cut to m and n: another size is no new luck.
    ``sizes`` ascend to 1024.
    """
    random = np.random.default_rng(seed)
    starts = np.array((0, *sizes[:-1]))  # what one size has more than the one before it
    products = np.empty((len(sizes), N_QUERIES, LABORATORY_KEYS))
    for i in range(N_QUERIES):
        q = random.standard_normal(LABORATORY_SIZE)
        k = random.standard_normal((LABORATORY_KEYS, LABORATORY_SIZE))
        products[:, i] = np.add.reduceat(k * q, starts, axis=1).cumsum(axis=1).T
    products.flags.writeable = False
    return products


def entropy(weights: np.ndarray) -> np.ndarray:
    """-sum_j w_j ln w_j over the last axis, in nats; 0 ln 0 is 0."""
    w = np.asarray(weights, np.float64)
    return np.abs((w * np.log(w, out=np.zeros_like(w), where=w > 0)).sum(axis=-1))


def jacobian(weights: np.ndarray) -> np.ndarray:
    """How the weights answer to the scores, dw_j / ds_l = w_j (1[j = l] - w_l): diag(w) - w w^T, [key, key]."""
    return np.diag(weights) - np.outer(weights, weights)


def jacobian_norm(weights: np.ndarray) -> np.ndarray:
    """Its Frobenius norm over the last axis: sqrt(sum_j w_j^2 (1 - w_j)^2 + 2 sum_(l < j) w_j^2 w_l^2).

    The same as sqrt(sum w^2 - 2 sum w^3 + (sum w^2)^2), whose terms cancel where one weight is nearly 1.
    """
    w = np.asarray(weights, np.float64)
    squares = w * w
    before = np.zeros_like(w)  # the sum of the squares before each
    squares[..., :-1].cumsum(axis=-1, out=before[..., 1:])
    return np.sqrt((squares * ((1 - w) ** 2 + 2 * before)).sum(axis=-1))


def jacobian_trace(weights: np.ndarray) -> np.ndarray:
    """Its trace over the last axis: sum_j w_j (1 - w_j) = 1 - sum_j w_j^2."""
    w = np.asarray(weights, np.float64)
    return (w * (1 - w)).sum(axis=-1)


def theory(sizes: Sequence[int], n_keys: int) -> dict[str, np.ndarray]:
    """What theory says, by MEASURES: [2, size], with 1/sqrt(m) and without it; NaN where no formula is close.

    variance: 1 and m, exactly.

    With 1/sqrt(m) the exponentials of the scores are log-normal, and for many keys a mean over the keys is nearly its
    expectation. With E e^s = e^(1/2) and E s e^s = e^(1/2), H = ln sum e^s - sum w s comes to ln n + 1/2 - 1, and
    (1 + e) / (2n) is the next term of the expansion in 1/n. In the same way sum w^2 = E e^(2s) / (n (E e^s)^2) = e / n:
    the trace is 1 - e/n, and the norm sqrt(e/n) to leading order.

    Without it there is no closed form between; far out only the two largest scores count. Their gap is sqrt(m) times
    that of n normal numbers, whose density at 0 is ``gap_density``, g. Integrated over the gap, two weights have
    H = g pi^2 / (6 sqrt(m)) and trace and norm g / sqrt(m). These are given from m = 8 ln n: four times the 2 ln n at
    which, for many keys, few of them take all of the weight (Derrida 1981, the random energy model).
    """
    m, n = np.asarray(sizes, np.float64), n_keys
    same = np.ones_like(m)
    tail = np.where(m >= 8 * np.log(n), gap_density(n) / np.sqrt(m), np.nan)
    return {
        "variance": np.stack([same, m]),
        "entropy": np.stack([same * (np.log(n) - 1 / 2 + (1 + np.e) / (2 * n)), tail * np.pi**2 / 6]),
        "norm": np.stack([same * np.sqrt(np.e / n), tail]),
        "trace": np.stack([same * (1 - np.e / n), tail]),
    }


@lru_cache(maxsize=LABORATORY_KEYS)
def gap_density(n: int) -> float:
    """How probable it is that the two largest of n standard normal numbers are close: the density of their gap at 0.

    n (n - 1) times the integral of phi(x)^2 Phi(x)^(n - 2), as a sum over a fine grid; for n = 2 it is 1 / sqrt(pi).
    """
    x, step = np.linspace(-9, 9, 18_001, retstep=True)
    density = np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    below = (density.cumsum() - density / 2) * step
    return float(n * (n - 1) * (density**2 * below ** (n - 2)).sum() * step)


def _measure(scores: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """([size] by MEASURES, the weights of the first query [size, key]) of scores [size, query, key]."""
    weights = softmax(scores)
    measured = {
        "variance": scores.var(axis=(1, 2)),
        "entropy": entropy(weights).mean(axis=1),
        "norm": jacobian_norm(weights).mean(axis=1),
        "trace": jacobian_trace(weights).mean(axis=1),
    }
    return measured, weights[:, 0]
