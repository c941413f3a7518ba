"""One attention layer of a finished run, laid out for reading: its inputs, its weights, and what the model computed.

The states: x_i asks (it makes q_i) and c_j is looked at (it makes k_j and v_j); in self-attention c_j = x_j, in
cross-attention c_j is the encoder's output. r_i is the residual stream that the layer's output o_i is added to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.model.weights import attention_weights, block_norm, embedding_norm, final_norm, relative_positions
from explorer.reference import relative_buckets

if TYPE_CHECKING:
    from explorer.model.run import Run
    from explorer.model.trace import AttentionTrace, StackTrace
    from explorer.model.transformer import Transformer
    from explorer.model.weights import AttentionWeights, NormWeights, RelativePositions


@dataclass(frozen=True)
class Part:
    """One summand of a state."""

    symbol: str  # LaTeX, without the position: "r"
    name: str  # its name in the trace and in the code: "resid_pre"
    values: np.ndarray  # [position, d_model]


@dataclass(frozen=True)
class State:
    """A state at every position, and how it came about: the sum of its parts, through a norm where there is one."""

    symbol: str  # LaTeX, without the position: "x"
    position: str  # the letter of its position: "i" or "j"
    words: str
    source: str  # where it lies in the trace: "attention_input"
    values: np.ndarray  # [position, d_model], the running model's own
    parts: tuple[Part, ...]
    norm: NormWeights | None
    mean: bool = False  # whether it is one vector, the mean of its one part over all positions
    root: bool = False  # whether its one part is divided by sqrt(d_model)


@dataclass(frozen=True)
class AttentionLayer:
    """Everything that one attention layer took in, learned and gave, as read-only arrays."""

    kind: str  # "encoder", "decoder" or "cross"
    layer: int
    post_norm: bool
    scaled: bool  # whether the model itself divides by sqrt(d_k)
    x: State  # what asks
    c: State  # what is looked at
    before: State  # r, the residual stream before this layer; the same as x in a post-norm model
    after: State  # what leaves: r + o, through the norm in a post-norm model
    weights: AttentionWeights
    relative: RelativePositions | None  # what b_ij comes from; None where nothing is added to the scores
    trace: AttentionTrace
    queries: tuple[str, ...]  # token labels
    keys: tuple[str, ...]

    @property
    def cross(self) -> bool:
        return self.kind == "cross"

    @property
    def causal(self) -> bool:
        return self.kind == "decoder"

    @property
    def n_heads(self) -> int:
        return self.weights.w_q.shape[0]

    @property
    def d_k(self) -> int:
        return self.weights.w_q.shape[1]

    @property
    def d_v(self) -> int:
        return self.weights.w_v.shape[1]

    @property
    def d_model(self) -> int:
        return self.weights.w_q.shape[2]

    @cached_property
    def buckets(self) -> np.ndarray:
        """int [query, key], which row of the table the distance j - i has; for relative positions only."""
        found, n = self.relative, len(self.queries)
        distance = np.arange(len(self.keys)) - np.arange(n)[:, None]
        return relative_buckets(distance, found.n_buckets, found.max_distance, found.both_ways)

    @cached_property
    def arrays(self) -> dict[str, Any]:
        """The arrays that code may name."""
        w, attention = self.weights, self.trace
        arrays = {"x": self.x.values, "c": self.c.values, "d_k": self.d_k, "n_heads": self.n_heads}
        arrays |= {"W_Q": w.w_q, "W_K": w.w_k, "W_V": w.w_v, "W_O": w.w_o, "mask": attention.mask[0]}
        arrays |= {"b_Q": w.b_q, "b_K": w.b_k, "b_V": w.b_v, "b_O": w.b_o, "n_keys": len(self.keys)}
        if self.relative is not None:
            arrays |= {"B": self.relative.table, "buckets": self.buckets}
        return arrays


def read_layer(run: Run, model: Transformer, kind: str, layer: int) -> AttentionLayer:
    """Lay out attention of ``kind`` ("encoder", "decoder" or "cross") in ``layer`` (0 is the first) of ``run``."""
    config = run.entry.config
    post, cross = config.norm_position == "post", kind == "cross"
    trace, block = run.attention(kind, layer), run.block(kind, layer)
    before = _before(run, model, kind, layer)
    x = _input(run, model, kind, layer, before)
    output = Part("o", "output", trace.output)
    norm = _norm(model, kind, layer, "cross" if cross else "attention") if post else None
    name = "resid_mid" if cross or not hasattr(block, "resid_cross") else "resid_cross"
    parts = (Part(before.symbol, before.source, before.values), output)
    after = State("r'", "i", "the state that leaves the attention layer", name, getattr(block, name), parts, norm)
    context = _encoder_output(run, model) if cross else x
    labels = run.queries(kind).labels, run.keys(kind).labels
    weights = attention_weights(model, kind, layer)
    states, relative = (x, context, before, after), relative_positions(model, kind)
    return AttentionLayer(kind, layer, post, config.scale_scores, *states, weights, relative, trace, *labels)


def embedding_state(run: Run, model: Transformer, stack: str, symbol: str) -> State:
    """What the first block of ``stack`` ("encoder" or "decoder") reads: the sum of embeddings, or its norm."""
    config, trace, norm = run.entry.config, run.stack(stack).embedding, embedding_norm(model, stack)
    parts, words = [Part("e", "token_embedding", trace.token_embedding)], "token embedding"
    if config.positions not in ("none", "relative"):
        parts.append(Part("p", "position_code", trace.position_code))
        words += " plus position code"
    if config.n_segments:
        parts.append(Part("s", "segment_embedding", trace.segment_embedding))
        words = "token, position and segment embeddings, added up"
    words = words if norm is None else "the norm of all embeddings, added up"
    return State(symbol, "i", words, "embedding.output", trace.output, tuple(parts), norm)


def _before(run: Run, model: Transformer, kind: str, layer: int) -> State:
    """The residual stream that enters this attention layer."""
    post = run.entry.config.norm_position == "post"
    symbol = "x" if post else "r"
    if kind != "cross":
        return _entering(run.stack(kind), run, model, kind, layer, symbol)
    block = run.block(kind, layer)
    parts = (Part("r", "resid_pre", block.resid_pre), Part("o", "output", block.attention.output))
    norm = _norm(model, kind, layer, "attention") if post else None
    words = "the state after masked self-attention"
    return State(symbol, "i", words, "resid_cross", block.resid_cross, parts, norm)


def _entering(stack: StackTrace, run: Run, model: Transformer, kind: str, layer: int, symbol: str) -> State:
    """The state that enters a block: the embedding, or what the block before it gave."""
    if layer == 0:
        return replace(embedding_state(run, model, kind, symbol), source="resid_pre")
    words = f"the state that leaves layer {layer}"
    return _leaving(stack, run, model, kind, layer - 1, State(symbol, "i", words, "resid_pre", None, (), None))


def _leaving(stack: StackTrace, run: Run, model: Transformer, kind: str, layer: int, state: State) -> State:
    """``state`` with the values and the parts of what leaves a block."""
    block = stack.blocks[layer]
    parts = (Part("m", "resid_mid", block.resid_mid), Part("f", "ff_output", block.ff_output))
    norm = _norm(model, kind, layer, "ff") if run.entry.config.norm_position == "post" else None
    return State(state.symbol, state.position, state.words, state.source, block.resid_post, parts, norm)


def _input(run: Run, model: Transformer, kind: str, layer: int, before: State) -> State:
    """What the queries are made of: in a pre-norm model the norm of the residual stream, else that stream itself."""
    if run.entry.config.norm_position == "post":
        return before
    block, cross = run.block(kind, layer), kind == "cross"
    name = "cross_input" if cross else "attention_input"
    norm = _norm(model, kind, layer, "cross" if cross else "attention")
    parts = (Part(before.symbol, before.source, before.values),)
    return State("x", "i", "the norm of the residual stream", name, getattr(block, name), parts, norm)


def _encoder_output(run: Run, model: Transformer) -> State:
    stack = run.stack("encoder")
    if run.entry.config.bottleneck:
        words, parts = "x̄, the mean of the encoder's output", (Part("h", "encoder_output", stack.output),)
        return State("c", "j", words, "memory", run.trace.memory, parts, None, mean=True)
    words, norm = "the encoder's output", final_norm(model, "encoder")
    if norm is not None:
        parts = (Part("r", "resid_post", stack.blocks[-1].resid_post),)
        return State("c", "j", words, "encoder.output", stack.output, parts, norm)
    state = State("c", "j", words, "encoder.output", stack.output, (), None)
    return _leaving(stack, run, model, "encoder", len(stack.blocks) - 1, state)


def _norm(model: Transformer, kind: str, layer: int, sublayer: str) -> NormWeights:
    return block_norm(model, kind, layer, sublayer)
