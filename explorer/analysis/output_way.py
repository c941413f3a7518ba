"""The way from the last state h to what the logits are made of, in models that have one.

The paper's model multiplies h itself with the unembedding matrix. BERT makes t = f(W h + b) and g = LN(t) of it first
(Devlin et al. 2019, in its code); T5 divides by sqrt(d_model) where its embeddings are tied (Raffel et al. 2020, in its
code), u = h / sqrt(d).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.analysis.attention_layer import Part, State
from explorer.model.weights import block_norm, final_norm, output_transform
from explorer.reference import ACTIVATIONS, layer_norm, linear, rms_norm

if TYPE_CHECKING:
    from explorer.model.run import Run
    from explorer.model.transformer import Transformer
    from explorer.model.weights import Transform


@dataclass(frozen=True)
class Dense:
    """t = f(W h + b) at every position, the first half of BERT's output transform."""

    weights: Transform
    h: State
    values: np.ndarray  # [position, d_model], computed here from the model's own h: the trace has only what follows

    @property
    def arrays(self) -> dict[str, Any]:
        """The arrays that code may name."""
        return {"H": self.h.values, "W": self.weights.w, "b": self.weights.b}


@dataclass(frozen=True)
class OutputWay:
    """From the last state to the unembedding; None for steps that the model does not take."""

    h: State  # the last state of the stack
    dense: Dense | None  # t
    normed: State | None  # g
    scaled: State | None  # u

    @property
    def last(self) -> State:
        """What the unembedding multiplies."""
        return self.scaled or self.normed or self.h


def read_way(run: Run, model: Transformer) -> OutputWay:
    """The way of a finished run."""
    h, weights, made = last_state(run, model), output_transform(model), run.trace.unembedding_input
    dense = normed = scaled = None
    if weights is not None:
        t = ACTIVATIONS[weights.activation](linear(h.values, weights.w, weights.b)).astype(np.float32)
        norm, dense = weights.norm, Dense(weights, h, t)
        g = rms_norm(t, norm.gain, norm.eps) if norm.kind == "rms" else layer_norm(t, norm.gain, norm.bias, norm.eps)
        words = "the last state, transformed"
        source = "unembedding_input"
        normed = State("g", "i", words, source, g.astype(np.float32), (Part("t", "transformed", t),), norm)
        if not run.entry.config.output_scale:
            normed = replace(normed, values=made)
    if run.entry.config.output_scale:
        before = normed or h
        parts = (Part(before.symbol, "last_state", before.values),)
        words = "the last state, divided by √d"
        scaled = State("u", "i", words, "unembedding_input", made, parts, None, root=True)
    return OutputWay(h, dense, normed, scaled)


def last_state(run: Run, model: Transformer) -> State:
    """h, the state that leaves the stack with the logits, and what it is made of."""
    config = run.entry.config
    kind = "decoder" if config.has_decoder else "encoder"
    stack = run.stack(kind)
    last, norm = stack.blocks[-1], final_norm(model, kind)
    parts = (Part("r", "resid_post", last.resid_post),)
    if norm is None:
        parts = (Part("m", "resid_mid", last.resid_mid), Part("f", "ff_output", last.ff_output))
        if config.norm_position == "post":
            norm = block_norm(model, kind, len(stack.blocks) - 1, "ff")
    return State("h", "i", "the last state", f"{kind}.output", stack.output, parts, norm)
