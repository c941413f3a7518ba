"""How far a change travels through the layers: the states of one text before and after it, at every position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from explorer.model.run import Run
    from explorer.model.trace import StackTrace


@dataclass(frozen=True)
class Travelled:
    """One stack."""

    stack: str  # "encoder" or "decoder"
    points: tuple[str, ...]  # "embedding", "layer 1", ..., "final norm" where there is one
    change: np.ndarray  # [point, position], ||x' - x|| / ||x||, in float64; exactly 0 where both are the same bits

    @property
    def n_same(self) -> int:
        """How many states are the same, number by number."""
        return int((self.change == 0).sum())


def travelled(before: Run, after: Run) -> tuple[Travelled, ...]:
    """The stacks of two passes over the same ids, the encoder first.

    Raises
    ------
    ValueError
        If the passes have not as many layers or positions as each other.
    """
    stacks = [name for name in ("encoder", "decoder") if hasattr(before.trace, name)]
    found = []
    for name in stacks:
        points, one = _states(before.stack(name), before.entry.config.final_norm)
        _, other = _states(after.stack(name), before.entry.config.final_norm)
        found.append(Travelled(name, points, relative_norm(one, other)))
    return tuple(found)


def relative_norm(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    r"""\lVert x' - x \rVert / \lVert x \rVert over the last axis, in float64; infinite where 0 became another state.

    >>> relative_norm(np.array([[3.0, 4.0], [1.0, 1.0]]), np.array([[3.0, 9.0], [1.0, 1.0]]))
    array([1., 0.])
    """
    if before.shape != after.shape:
        raise ValueError(f"states of {before.shape} and {after.shape} do not lie beside each other")
    one, other = before.astype(np.float64), after.astype(np.float64)
    moved, length = np.linalg.norm(other - one, axis=-1), np.linalg.norm(one, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((one == other).all(axis=-1), 0.0, moved / length)


def _states(stack: StackTrace, final_norm: bool) -> tuple[tuple[str, ...], np.ndarray]:
    """The names of the points, and their states [point, position, d_model]."""
    states = [stack.embedding.output, *(block.resid_post for block in stack.blocks)]
    names = ["embedding", *(f"layer {n}" for n in range(1, len(states)))]
    if final_norm:
        states.append(stack.output)
        names.append("final norm")
    return tuple(names), np.stack(states)
