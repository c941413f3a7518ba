"""What a changed forward pass does otherwise: the places at which the formulas can be broken on purpose.

What can be said by other parameters or another config (no scale, no positions, W_Q and W_K exchanged, the other place
of the norm, one number of a matrix) needs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

Change = Callable[[np.ndarray, np.ndarray], np.ndarray]


def as_it_is(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """No change."""
    return values


@dataclass(frozen=True)
class AttentionChange:
    """What happens in one attention layer between the softmax and W_O; ``mask`` is [query, key]."""

    weights: Change = as_it_is  # (weights [head, query, key], mask) -> the weights that v is mixed with
    heads: Change = as_it_is  # (heads [head, query, d_v], mask) -> what goes into W_O


@dataclass(frozen=True)
class Changes:
    residual: bool = True  # False: a sublayer's output replaces its input, instead of being added to it
    norm: bool = True  # False: LN(x) = x everywhere
    layers: Mapping[str, tuple[int, ...]] = field(
        default_factory=dict
    )  # of "encoder", "decoder": which, in which order
    attention: Mapping[tuple[str, int], AttentionChange] = field(default_factory=dict)  # by kind and layer


UNCHANGED = Changes()
AS_IT_IS = AttentionChange()
