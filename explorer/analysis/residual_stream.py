"""The residual stream: the state at every point that a sublayer writes to it, from the embedding to the last norm.

Only the stack that the logits come from has a stream here: the decoder of an encoder-decoder, into which the encoder
speaks through the cross-attention.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.model.weights import block_norm, embedding_norm, final_norm

if TYPE_CHECKING:
    from explorer.model.run import Run
    from explorer.model.transformer import Transformer
    from explorer.model.weights import NormWeights

EMBEDDING_NORM = "embedding norm"
SUBLAYERS = {"attention": "attention", "cross": "cross-attention", "ff": "feed-forward"}


@dataclass(frozen=True)
class Point:
    """The stream after one step, and how it came about: norm(the point before + added), each where there is one."""

    name: str  # "embedding", EMBEDDING_NORM, one of SUBLAYERS, or "norm" for the one after the last block
    layer: int  # from 0; -1 for the embedding, its norm and the last norm
    state: np.ndarray  # [position, d_model], the running model's own
    added: np.ndarray | None = None  # [position, d_model], what the sublayer said
    norm: NormWeights | None = None  # what the sum then went through

    @property
    def words(self) -> str:
        """
        >>> Point("cross", 2, np.zeros((1, 1))).words
        'layer 3 cross-attention'
        """
        if self.name in SUBLAYERS:
            return f"layer {self.layer + 1} {SUBLAYERS[self.name]}"
        return "final norm" if self.name == "norm" else self.name

    @property
    def short(self) -> str:
        """
        >>> Point("attention", 2, np.zeros((1, 1))).short
        '3 self'
        """
        short = {"embedding": "embed", EMBEDDING_NORM: "its norm", "attention": "self"}.get(self.name, self.name)
        return f"{self.layer + 1} {short}" if self.name in SUBLAYERS else short


def stack_kind(run: Run) -> str:
    """The stack that the logits come from: "decoder" or "encoder"."""
    return "decoder" if run.entry.config.has_decoder else "encoder"


def read_stream(run: Run, model: Transformer) -> tuple[Point, ...]:
    """All points of the stream, in order; the first is the sum of embeddings, and the last one's state leaves the stack
    (and makes the logits, transformed or scaled before where the model does that)."""
    kind = stack_kind(run)
    stack = run.stack(kind)
    points = [Point("embedding", -1, stack.embedding.total)]
    if norm := embedding_norm(model, kind):
        points.append(Point(EMBEDDING_NORM, -1, stack.embedding.output, None, norm))
    for layer, block in enumerate(stack.blocks):
        states = {"attention": block.resid_mid, "ff": block.resid_post}
        said = {"attention": block.attention.output, "ff": block.ff_output}
        if run.entry.config.has_cross_attention:
            states = {"attention": block.resid_cross, "cross": block.resid_mid, "ff": block.resid_post}
            said["cross"] = block.cross_attention.output
        for name, state in states.items():
            post = run.entry.config.norm_position == "post"
            norm = block_norm(model, kind, layer, name) if post else None
            points.append(Point(name, layer, state, said[name], norm))
    if norm := final_norm(model, kind):
        points.append(Point("norm", -1, stack.output, None, norm))
    return tuple(points)


@dataclass(frozen=True)
class StreamLengths:
    """Lengths of vectors at every point; NaN where nothing was added."""

    names: tuple[str, ...]
    state: np.ndarray  # [point], ||x_i|| at the chosen position
    mean: np.ndarray  # [point], the mean of ||x|| over all positions
    added: np.ndarray  # [point], ||f(x_i)||, what the sublayer added at the chosen position


def stream_lengths(points: tuple[Point, ...], position: int) -> StreamLengths:
    """||x|| = sqrt(sum_a x_a^2) along the stream (float64)."""
    states = np.stack([np.linalg.norm(point.state.astype(np.float64), axis=-1) for point in points])
    added = [
        np.nan if point.added is None else np.linalg.norm(point.added[position].astype(np.float64)) for point in points
    ]
    return StreamLengths(
        tuple(point.short for point in points), states[:, position], states.mean(axis=1), np.array(added)
    )
