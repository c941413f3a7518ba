"""A model's weights, part by part, as NumPy arrays that cannot be written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor, nn

    from explorer.model.transformer import Transformer


@dataclass(frozen=True)
class AttentionWeights:
    """What one attention layer learned, cut into heads. A model without attention biases has None for each of them."""

    w_q: np.ndarray  # [head, d_k, d_model]: q = w_q[h] @ x
    w_k: np.ndarray  # [head, d_k, d_model]
    w_v: np.ndarray  # [head, d_v, d_model]
    w_o: np.ndarray  # [head, d_model, d_v]: what head h adds to the output is w_o[h] @ y
    b_q: np.ndarray | None  # [head, d_k]
    b_k: np.ndarray | None  # [head, d_k]
    b_v: np.ndarray | None  # [head, d_v]
    b_o: np.ndarray | None  # [d_model]; belongs to no head


@dataclass(frozen=True)
class NormWeights:
    """A layer norm (``kind`` "layer") or RMS norm ("rms")."""

    kind: str
    eps: float
    gain: np.ndarray  # [d_model]
    bias: np.ndarray | None  # [d_model]; an RMS norm has none


@dataclass(frozen=True)
class FeedForwardWeights:
    """A feed-forward network: W_2 f(W_1 x + b_1) + b_2 (paper, equation 2), biases that it lacks being None.

    With a gate, W_2 (f(W_1 x + b_1) * (W_3 x + b_3)) + b_2 (Shazeer 2020, equation 6); without, w_3 and b_3 are None.
    """

    w_1: np.ndarray  # [d_ff, d_model]
    b_1: np.ndarray | None  # [d_ff]
    w_2: np.ndarray  # [d_model, d_ff]
    b_2: np.ndarray | None  # [d_model]
    w_3: np.ndarray | None  # [d_ff, d_model]
    b_3: np.ndarray | None  # [d_ff]


@dataclass(frozen=True)
class RelativePositions:
    """b_ij = table[bucket of j - i, head], what a stack adds to the scores of its self-attention (Raffel et al. 2020,
    section 2.1)."""

    table: np.ndarray  # [bucket, head]; all layers of the stack share it
    max_distance: int  # from here on all distances have the last bucket of their direction
    both_ways: bool  # whether half of the buckets are for keys after the query; a decoder's mask hides those

    @property
    def n_buckets(self) -> int:
        return len(self.table)


@dataclass(frozen=True)
class Transform:
    """What BERT does to the last state before the unembedding: LN(f(w x + b)) (Devlin et al. 2019, in its code)."""

    w: np.ndarray  # [d_model, d_model]
    b: np.ndarray  # [d_model]
    activation: str  # f, one of explorer.model.config.ACTIVATIONS
    norm: NormWeights


@dataclass(frozen=True)
class Unembedding:
    """What turns the last state into logits: z_t = matrix[t] @ h + bias[t] (paper, section 3.4)."""

    matrix: np.ndarray  # [vocab_size, d_model]; where embeddings are tied, the embedding matrix
    bias: np.ndarray | None  # [vocab_size]


def unembedding(model: Transformer) -> Unembedding:
    """The weights of the last linear layer; ValueError for a model that has none."""
    if not model.config.unembedding:
        raise ValueError("this model has no unembedding")
    last = model.unembedding
    return Unembedding(_array(last.weight), None if last.bias is None else _array(last.bias))


def embedding_rows(model: Transformer, kind: str, ids: Sequence[int]) -> np.ndarray:
    """The embedding matrix's row of each token, before any scale, [position, d_model]."""
    rows = _array(_stack(model, kind).embedding.token.weight)[np.asarray(ids, dtype=np.int64)]
    rows.flags.writeable = False
    return rows


def position_table(model: Transformer, kind: str) -> np.ndarray | None:
    """The learned position code, [max_len + position_offset, d_model]; None where positions are not learned so."""
    return _array(_stack(model, kind).embedding.position) if model.config.positions == "learned" else None


def segment_table(model: Transformer, kind: str) -> np.ndarray | None:
    """The embeddings of the segments, [segment, d_model]; None for a model without them."""
    return _array(_stack(model, kind).embedding.segment) if model.config.n_segments else None


def embedding_norm(model: Transformer, kind: str) -> NormWeights | None:
    """The norm over the sum of embeddings; None for a model without it."""
    return _norm(model, _stack(model, kind).embedding.norm) if model.config.embedding_norm else None


def relative_positions(model: Transformer, kind: str) -> RelativePositions | None:
    """What is added to the scores of attention of ``kind``; None for cross-attention, or for other positions."""
    if model.config.positions != "relative" or kind == "cross":
        return None
    bias = _stack(model, kind).position_bias
    return RelativePositions(_array(bias.weight), bias.max_distance, bias.bidirectional)


def output_transform(model: Transformer) -> Transform | None:
    """The layer between the last state and the unembedding; None for a model without it."""
    config, transform = model.config, model.transform
    if config.output_transform == "none":
        return None
    linear = transform.linear
    return Transform(_array(linear.weight), _array(linear.bias), config.output_transform, _norm(model, transform.norm))


def attention_weights(model: Transformer, kind: str, layer: int) -> AttentionWeights:
    """The weights of attention of ``kind`` ("encoder", "decoder" or "cross") in ``layer`` (0 is the first)."""
    block = _stack(model, kind).blocks[layer]
    attention = block.cross_attention if kind == "cross" else block.attention
    s = attention.n_heads
    w_o = _array(attention.w_o.weight)  # [d_model, head * d_v]
    return AttentionWeights(
        *(_array(linear.weight).reshape(s, -1, w_o.shape[0]) for linear in _inputs(attention)),
        w_o.reshape(w_o.shape[0], s, -1).swapaxes(0, 1),
        *(None if linear.bias is None else _array(linear.bias).reshape(s, -1) for linear in _inputs(attention)),
        None if attention.w_o.bias is None else _array(attention.w_o.bias),
    )


def feed_forward_weights(model: Transformer, kind: str, layer: int) -> FeedForwardWeights:
    """The weights of the feed-forward network in ``layer`` of the stack with attention of ``kind``."""
    ff = _stack(model, kind).blocks[layer].ff
    gate = (None, None) if ff.w_3 is None else (ff.w_3.weight, ff.w_3.bias)
    arrays = (ff.w_1.weight, ff.w_1.bias, ff.w_2.weight, ff.w_2.bias, *gate)
    return FeedForwardWeights(*(None if each is None else _array(each) for each in arrays))


def block_norm(model: Transformer, kind: str, layer: int, sublayer: str) -> NormWeights:
    """The norm of ``sublayer`` ("attention", "cross" or "ff") in ``layer`` of the stack with attention of ``kind``."""
    return _norm(model, getattr(_stack(model, kind).blocks[layer], f"{sublayer}_norm"))


def final_norm(model: Transformer, kind: str) -> NormWeights | None:
    """The norm after the last block of the stack with attention of ``kind``; None if the model has none there."""
    return _norm(model, _stack(model, kind).norm) if model.config.final_norm else None


def _stack(model: Transformer, kind: str) -> nn.Module:
    return model.encoder if kind == "encoder" else model.decoder


def _inputs(attention: nn.Module) -> tuple[nn.Module, nn.Module, nn.Module]:
    return attention.w_q, attention.w_k, attention.w_v


def _norm(model: Transformer, norm: nn.Module) -> NormWeights:
    bias = getattr(norm, "bias", None)
    return NormWeights(
        model.config.norm, model.config.norm_eps, _array(norm.weight), None if bias is None else _array(bias)
    )


def _array(parameter: Tensor) -> np.ndarray:
    """On the CPU this is the model's own memory, not a copy, hence read-only."""
    array = parameter.detach().cpu().numpy()
    array.flags.writeable = False
    return array
