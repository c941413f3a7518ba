"""Tokens by falling probability, as a stable sort orders them, without sorting their ids.

Sorting 50,000 numbers alone takes a tenth of the time that it takes to sort them together with where they came from.
The numbers are enough: the token at a place has the number there, and of several with that number it is the one whose
place among them, by falling number and then rising id, it is.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def falling(values: Tensor) -> Tensor:
    """Each row of ``values`` [row, vocab_size], float64 on the CPU, from the largest to the smallest."""
    return torch.from_numpy(np.ascontiguousarray(np.sort(values.numpy(), axis=-1)[..., ::-1]))


def token_at(place: Tensor, values: Tensor, ordered: Tensor) -> Tensor:
    """The token at each ``place`` [row], counted from 0, of the order; ``ordered`` is ``falling(values)``."""
    value = ordered.gather(-1, place[:, None])
    nth = place - (ordered > value).sum(-1)  # among those with this very number
    return torch.stack([row.nonzero()[n, 0] for row, n in zip(values == value, nth.tolist(), strict=True)])


def first_tokens(n: Tensor, values: Tensor, ordered: Tensor) -> Tensor:
    """Which tokens are among the first ``n`` [row], at least 1, of the order: [row, vocab_size], bool."""
    smallest = ordered.gather(-1, n[:, None] - 1)
    above, equal = values > smallest, values == smallest
    room = n[:, None] - above.sum(-1, keepdim=True)
    return above | (equal & (equal.cumsum(-1) <= room))
