"""A large float32 matrix that is read in float64, some rows at a time: a vocabulary's matrix is never copied whole."""

from __future__ import annotations

import numpy as np

LARGE = 2**20  # numbers; a smaller array is simply copied
# So many rows are in float64 at once: for a vector those that stay in the processor's cache, for the rows of a matrix
# more, since the library shares each product among its threads.
ROWS, ROWS_OF_MANY = 256, 4096


class InDouble:
    """M, for lines of code that say ``M[t]``, ``M @ h``, ``H @ M.T`` or ``M.mean(0)``; what they get is float64.

    >>> half = InDouble(np.full((2, 3), 0.5, dtype=np.float32))
    >>> half @ np.ones(3), half[0].dtype
    (array([1.5, 1.5]), dtype('float64'))
    """

    __array_ufunc__ = None  # so that ``H @ M.T`` asks the product below

    def __init__(self, matrix: np.ndarray) -> None:
        self.matrix = matrix

    @property
    def shape(self) -> tuple[int, ...]:
        return self.matrix.shape

    @property
    def T(self) -> Transposed:
        return Transposed(self)

    def __len__(self) -> int:
        return len(self.matrix)

    def __getitem__(self, index: object) -> np.ndarray:
        return np.asarray(self.matrix[index], dtype=np.float64)

    def __matmul__(self, right: np.ndarray) -> np.ndarray:
        rows = ROWS if right.ndim == 1 else ROWS_OF_MANY
        pieces = (self[start : start + rows] for start in range(0, len(self), rows))
        return np.concatenate([piece @ right for piece in pieces])

    def mean(self, axis: int) -> np.ndarray:
        return self.matrix.mean(axis, dtype=np.float64)


class Transposed:
    """M.T, the right side of a product."""

    __array_ufunc__ = None

    def __init__(self, whole: InDouble) -> None:
        self.whole = whole

    def __rmatmul__(self, rows: np.ndarray) -> np.ndarray:
        return (self.whole @ np.asarray(rows).T).T
