"""The weights of attention, feed-forward, norms and unembedding, as NumPy arrays that cannot be written to."""

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
    """A feed-forward network: W_2 f(W_1 x + b_1) + b_2 (paper, equation 2). Without biases, b_1 and b_2 are None."""

    w_1: np.ndarray  # [d_ff, d_model]
    b_1: np.ndarray | None  # [d_ff]
    w_2: np.ndarray  # [d_model, d_ff]
    b_2: np.ndarray | None  # [d_model]


@dataclass(frozen=True)
class Unembedding:
    """What turns the last state into logits: z_t = matrix[t] @ h + bias[t] (paper, section 3.4)."""

    matrix: np.ndarray  # [vocab_size, d_model]; where embeddings are tied, the embedding matrix
    bias: np.ndarray | None  # [vocab_size]


def unembedding(model: Transformer) -> Unembedding:
    """The weights of the last linear layer."""
    last = model.unembedding
    return Unembedding(_array(last.weight), None if last.bias is None else _array(last.bias))


def embedding_rows(model: Transformer, kind: str, ids: Sequence[int]) -> np.ndarray:
    """The embedding matrix's row of each token, before any scale, [position, d_model]."""
    rows = _array(_stack(model, kind).embedding.token.weight)[np.asarray(ids, dtype=np.int64)]
    rows.flags.writeable = False
    return rows


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
    arrays = (ff.w_1.weight, ff.w_1.bias, ff.w_2.weight, ff.w_2.bias)
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
