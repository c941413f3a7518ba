"""What position codes can do: tell positions apart, and let a dot product see how far two of them are from each other.

The codes themselves are ``explorer.reference.sinusoidal_code``, in the paper's reading and in the board's. Dimension 2i
is a sine and 2i+1 its cosine; omega_i = 1 / base^(2i/d) is their angular frequency in the paper's reading.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def frequencies(d_model: int, base: float = 10000.0) -> np.ndarray:
    """omega_i = base^(-2i/d), [d/2], in radians per position (Vaswani et al. 2017, section 3.5)."""
    return base ** (-np.arange(0, d_model, 2) / d_model)


def wavelengths(d_model: int, base: float = 10000.0) -> np.ndarray:
    """2 pi / omega_i, [d/2], in positions: from 2 pi at i = 0 to nearly base * 2 pi at i = d/2 - 1."""
    return 2 * np.pi / frequencies(d_model, base)


def largest_angles(n_positions: int, d_model: int, reading: str, base: float = 10000.0) -> np.ndarray:
    """The angle that each pair of dimensions has reached at the last position, [d/2]; a full wave needs 2 pi.

    The board's reading has (pos / base)^(2i/d): at most 1 radian for pos <= base, whatever the dimension.
    """
    last = n_positions - 1
    if reading == "sinusoidal":
        return last * frequencies(d_model, base)
    return (last / base) ** (np.arange(0, d_model, 2) / d_model)


@dataclass(frozen=True)
class Closest:
    """The two positions whose codes are hardest to tell apart."""

    first: int
    second: int
    distance: float  # Euclidean
    n_pairs: int  # how many pairs are as close (up to rounding): these two are the first of them


def distances(codes: np.ndarray) -> np.ndarray:
    """|PE(p) - PE(q)|, [position, position]; exactly symmetric, with 0 on the diagonal.

    From |p|^2 + |q|^2 - 2 p.q, whose terms nearly cancel for close codes: distances below 1e-6 of the codes' length
    are rounding.
    """
    products = dot_products(codes)
    squares = np.diagonal(products)
    squared = squares[:, None] + squares[None, :] - (products + products.T)
    np.fill_diagonal(squared, 0.0)
    return np.sqrt(np.maximum(squared, 0.0))


def closest_pair(codes: np.ndarray) -> Closest:
    """The pair of positions with the smallest distance; ValueError where there are not two."""
    n = len(codes)
    if n < 2:
        raise ValueError(f"a distance needs two positions, not {n}")
    between = distances(codes) + np.diag(np.full(n, np.inf))
    closest = np.argwhere(np.triu(between <= between.min() * (1 + 1e-9)))
    first, second = map(int, closest[0])
    # Once more without the cancellation of a sum of squares: two close codes differ by very little.
    distance = np.linalg.norm(np.asarray(codes[first], np.float64) - np.asarray(codes[second], np.float64))
    return Closest(first, second, float(distance), len(closest))


def count_distinct(codes: np.ndarray, tolerance: float) -> int:
    """How many of the positions can be told apart: taken in order, those further than ``tolerance`` from all taken."""
    near = distances(codes) <= tolerance
    taken = np.zeros(len(codes), dtype=bool)
    for position in range(len(codes)):
        taken[position] = not (near[position] & taken).any()
    return int(taken.sum())


def dot_products(codes: np.ndarray) -> np.ndarray:
    """PE(p) . PE(q), [position, position]."""
    codes = np.asarray(codes, dtype=np.float64)
    return codes @ codes.T


@dataclass(frozen=True)
class OffsetProducts:
    """PE(pos) . PE(pos + k) over all pos for which both are there, for k = 0, 1, ...; each [offset]."""

    mean: np.ndarray
    smallest: np.ndarray
    largest: np.ndarray

    @property
    def spread(self) -> float:
        """The largest deviation over pos, for any k: 0 (up to rounding) where the product depends on k alone."""
        return float((self.largest - self.smallest).max())


def products_by_offset(products: np.ndarray) -> OffsetProducts:
    """What ``dot_products`` [position, position] are for each offset: its diagonals, one by one."""
    diagonals = [np.diagonal(products, k) for k in range(len(products))]
    mean, smallest, largest = (np.array([f(d) for d in diagonals]) for f in (np.mean, np.min, np.max))
    return OffsetProducts(mean, smallest, largest)


def dot_by_offset(d_model: int, offsets: np.ndarray, base: float = 10000.0) -> np.ndarray:
    """PE(pos) . PE(pos + k) = sum_i cos(omega_i k), [offset]: the paper's reading depends on k alone."""
    return np.cos(np.asarray(offsets)[:, None] * frequencies(d_model, base)).sum(axis=1)


def rotation(offset: int, d_model: int, base: float = 10000.0) -> np.ndarray:
    """R_k, [d, d], with PE(pos + k) = R_k PE(pos) for every pos: one 2 x 2 rotation for each pair of dimensions.

    [sin(w(pos + k)), cos(w(pos + k))] = [[cos wk, sin wk], [-sin wk, cos wk]] [sin(w pos), cos(w pos)]
    """
    angle = offset * frequencies(d_model, base)
    even, odd = np.arange(0, d_model, 2), np.arange(1, d_model, 2)
    matrix = np.zeros((d_model, d_model))
    matrix[even, even] = matrix[odd, odd] = np.cos(angle)
    matrix[even, odd], matrix[odd, even] = np.sin(angle), -np.sin(angle)
    return matrix


def rotation_error(codes: np.ndarray, offset: int, base: float = 10000.0) -> float:
    """max |PE(pos + k) - R_k PE(pos)| over all positions for which both codes are there; k at least 0."""
    codes = np.asarray(codes, dtype=np.float64)
    moved = codes[: len(codes) - offset] @ rotation(offset, codes.shape[1], base).T
    return float(np.abs(moved - codes[offset:]).max(initial=0.0))


def rotary_scores(q: np.ndarray, keys: np.ndarray, position: int, scale: float, base: float = 10000.0) -> np.ndarray:
    """The scores of one query on every key, [key], when both are turned by their positions first: R_i q . R_j k_j."""
    turned = rotary(np.asarray(q, np.float64)[None], np.array([position]), base)[0]
    return rotary(np.asarray(keys, np.float64), np.arange(len(keys)), base) @ turned * scale


def rotary(vectors: np.ndarray, positions: np.ndarray, base: float = 10000.0) -> np.ndarray:
    """Each vector turned by its position, pair by pair (Su et al. 2021, section 3.2.2): q_i . k_j then sees i - j only.

    Parameters
    ----------
    vectors : array [position, d_k]
        q or k of one head; d_k even.
    positions : array [position]
    """
    angle = np.asarray(positions)[:, None] * frequencies(vectors.shape[1], base)
    cos, sin = np.cos(angle), np.sin(angle)
    even, odd = vectors[:, 0::2], vectors[:, 1::2]
    turned = np.empty(vectors.shape)
    turned[:, 0::2], turned[:, 1::2] = even * cos - odd * sin, even * sin + odd * cos
    return turned


def alibi_slopes(n_heads: int) -> np.ndarray:
    """The slope of each head, [n_heads]: 2^(-8/s), 2^(-16/s), ... (Press et al. 2022, section 3)."""
    return 2.0 ** (-8.0 * np.arange(1, n_heads + 1) / n_heads)


def alibi_bias(n_positions: int, slope: float) -> np.ndarray:
    """What ALiBi adds to the score of query i and key j, [query, key]: -slope * |i - j|."""
    positions = np.arange(n_positions)
    return -slope * np.abs(positions[:, None] - positions[None, :])
