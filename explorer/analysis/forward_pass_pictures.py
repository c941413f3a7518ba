"""The small picture of a box: all of its numbers, or the means of equal pieces where there are too many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.analysis.forward_pass import Sheet

ROWS, COLUMNS = 24, 96  # a picture has no more points than this
MASKED = 255
MIDDLE = 127  # where a signed number is 0; a weight of 1, and the ends of the signed scale, are 0 and 254


@dataclass(frozen=True)
class Picture:
    """What is painted of a sheet."""

    points: np.ndarray  # uint8 [row, column], see MASKED and MIDDLE
    piece: tuple[int, int]  # how many numbers a point is at most the mean of: rows and columns

    @property
    def is_exact(self) -> bool:
        return self.piece == (1, 1)


def picture_of(sheet: Sheet) -> Picture:
    """The picture of a sheet; no point mixes two heads. A signed scale ends where 98 % of the points do."""
    values = np.asarray(sheet.values, dtype=np.float32)
    rows, groups = len(values), sheet.groups
    down = _edges(rows, ROWS)
    across = _edges(sheet.group_width, max(1, COLUMNS // groups))
    every = np.concatenate([across + group * sheet.group_width for group in range(groups)])
    seen = _means(sheet.seen().astype(np.float32), down, every)
    means = _means(values, down, every)
    piece = (int(np.diff([*down, rows]).max()), int(np.diff([*across, sheet.group_width]).max()))
    if sheet.role in ("weight", "mask"):
        # The mean of many weights is small: a picture of means has a scale of its own.
        limit = 1.0 if piece == (1, 1) else float(means.max(initial=0.0)) or 1.0
        points = np.rint(np.clip(means / limit, 0, 1) * 254)
    else:
        limit = _usual_size(np.abs(means[seen >= 0.5]))
        points = np.rint(MIDDLE + np.clip(means / limit, -1, 1) * MIDDLE)
    return Picture(np.where(seen < 0.5, MASKED, points).astype(np.uint8), piece)


def _usual_size(sizes: np.ndarray) -> float:
    """A few very large numbers, as a residual stream has them, must not make all others pale."""
    if not sizes.size:
        return 1.0
    return float(np.quantile(sizes, 0.98)) or float(sizes.max()) or 1.0


def _edges(n: int, most: int) -> np.ndarray:
    """Where each of at most ``most`` pieces begins, as equal as they can be.

    >>> _edges(7, 3).tolist(), _edges(2, 3).tolist()
    ([0, 2, 4], [0, 1])
    """
    pieces = min(n, most)
    return np.arange(pieces) * n // pieces


def _means(values: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """The mean of every piece."""
    sums = np.add.reduceat(np.add.reduceat(values, down, axis=0), across, axis=1)
    sizes = np.diff([*down, values.shape[0]])[:, None] * np.diff([*across, values.shape[1]])
    return sums / sizes
