"""Texts of different lengths as one batch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def padded(rows: Sequence[list[int]], fill: int = 0) -> tuple[Tensor, Tensor]:
    """Rows of ids as one tensor [row, position], and a mask that is True where there is an id."""
    width = max(map(len, rows))
    values = torch.tensor([row + [fill] * (width - len(row)) for row in rows])
    lengths = torch.tensor([len(row) for row in rows])
    return values, torch.arange(width) < lengths[:, None]
