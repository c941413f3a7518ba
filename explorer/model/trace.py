"""What a forward pass returns: frozen records of everything it computed.

Every module's forward returns one of these, and its **last field is its output**. Training and display read the same
record, so there is nothing to switch on and nothing stashed on a model that other sessions share. (Decoding needs no
record, and has a leaner way: ``explorer.model.cached_decoder``.)

Shapes, everywhere: ``[batch, position, d_model]`` for states and ``[batch, head, query, key]`` for attention.
Rows are queries, columns are keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class EmbeddingTrace:
    """From ids to x (paper, sections 3.4 and 3.5): ``total = token_embedding + position_code + segment_embedding``,
    and ``output = total``, or ``LN(total)`` for a model with an embedding norm."""

    tokens: Tensor  # [batch, position], the ids
    token_embedding: Tensor  # [batch, position, d_model], already times sqrt(d_model) where the model scales it
    position_code: Tensor  # [position, d_model]; zeros for a model without positions, or with relative ones
    segment_embedding: Tensor  # [position, d_model], that of the first segment; zeros for a model without segments
    total: Tensor  # [batch, position, d_model], the sum
    output: Tensor  # [batch, position, d_model]


@dataclass(frozen=True)
class AttentionTrace:
    """One attention layer, all heads (paper, equation 1 and section 3.2.2)."""

    q: Tensor  # [batch, head, query, d_k]
    k: Tensor  # [batch, head, key, d_k]
    v: Tensor  # [batch, head, key, d_v]
    scale: float  # what q.k is multiplied by: 1/sqrt(d_k), or 1
    position_bias: Tensor  # [batch, head or 1, query, key], added to the scores; 0 but for relative positions
    scores: Tensor  # [batch, head, query, key] = q.k * scale + position_bias, before the mask
    mask: Tensor  # [batch, 1, query, key], True where the query may look at the key; the same for every head
    weights: Tensor  # [batch, head, query, key] = softmax over keys; exactly 0 where masked
    heads: Tensor  # [batch, head, query, d_v] = weights @ v
    output: Tensor  # [batch, query, d_model] = concatenated heads times W_O


@dataclass(frozen=True)
class FeedForwardTrace:
    """The position-wise feed-forward network (paper, equation 2)."""

    hidden: Tensor  # [batch, position, d_ff], after the activation (and the gate, if there is one)
    output: Tensor  # [batch, position, d_model]


@dataclass(frozen=True)
class BlockTrace:
    """One block of self-attention and feed-forward: an encoder's, or a GPT's.

    ===================  ====================================  ================================
    field                post-norm (the paper)                 pre-norm
    ===================  ====================================  ================================
    ``attention_input``  ``resid_pre``                         ``LN(resid_pre)``
    ``resid_mid``        ``LN(resid_pre + attention.output)``  ``resid_pre + attention.output``
    ``ff_input``         ``resid_mid``                         ``LN(resid_mid)``
    ``resid_post``       ``LN(resid_mid + ff_output)``         ``resid_mid + ff_output``
    ===================  ====================================  ================================
    """

    resid_pre: Tensor  # [batch, position, d_model], the state that enters
    attention_input: Tensor  # [batch, position, d_model], the x that q, k and v are made of
    attention: AttentionTrace
    resid_mid: Tensor  # [batch, position, d_model], after the attention sublayer
    ff_input: Tensor  # [batch, position, d_model]
    ff_hidden: Tensor  # [batch, position, d_ff], after the activation (and the gate, if there is one)
    ff_output: Tensor  # [batch, position, d_model]
    resid_post: Tensor  # [batch, position, d_model], the state that leaves


@dataclass(frozen=True)
class CrossBlockTrace:
    """One decoder block of an encoder-decoder: masked self-attention, attention over the encoder, feed-forward."""

    resid_pre: Tensor  # [batch, position, d_model]
    attention_input: Tensor  # [batch, position, d_model]
    attention: AttentionTrace  # masked self-attention
    resid_cross: Tensor  # [batch, position, d_model], after self-attention, before cross-attention
    cross_input: Tensor  # [batch, position, d_model], the x that the cross-attention's q is made of
    cross_attention: AttentionTrace  # k and v are made of the encoder's output
    resid_mid: Tensor  # [batch, position, d_model], after cross-attention
    ff_input: Tensor  # [batch, position, d_model]
    ff_hidden: Tensor  # [batch, position, d_ff]
    ff_output: Tensor  # [batch, position, d_model]
    resid_post: Tensor  # [batch, position, d_model]


@dataclass(frozen=True)
class StackTrace:
    """An encoder or a decoder: its embedding, its blocks in order, and its output (after the final norm, if any).

    ``blocks`` is a tuple, or, where that would fill the memory, a sequence that computes each block when it is asked
    for: ``explorer.model.on_demand``.
    """

    embedding: EmbeddingTrace
    blocks: Sequence[BlockTrace] | Sequence[CrossBlockTrace]
    output: Tensor  # [batch, position, d_model]


@dataclass(frozen=True)
class EncoderDecoderTrace:
    encoder: StackTrace  # reads the source
    memory: Tensor  # [batch, source position, d_model], what cross-attention looks at: encoder.output, or x̄ alone
    decoder: StackTrace  # reads the target so far
    unembedding_input: Tensor  # [batch, target position, d_model]: decoder.output, transformed or scaled if need be
    logits: Tensor  # [batch, target position, vocab_size]


@dataclass(frozen=True)
class DecoderTrace:
    decoder: StackTrace
    unembedding_input: Tensor  # [batch, position, d_model]: decoder.output, transformed or scaled if need be
    logits: Tensor  # [batch, position, vocab_size]


@dataclass(frozen=True)
class EncoderTrace:
    encoder: StackTrace
    unembedding_input: Tensor  # [batch, position, d_model]: encoder.output, transformed or scaled if need be
    logits: Tensor  # [batch, position, vocab_size]; of a model without unembedding [batch, position, 0]


TransformerTrace = EncoderDecoderTrace | DecoderTrace | EncoderTrace


def to_numpy(trace: Any, batch_index: int = 0, *, copy: bool = True) -> Any:
    """The same trace for the screen: NumPy arrays that cannot be written to, the batch dimension dropped.

    The dataclasses stay the same, with arrays where tensors were, so ``[batch, head, query, key]`` becomes
    ``[head, query, key]``. The mask's head dimension of 1 is kept. ``position_code`` and ``segment_embedding``
    have no batch and stay as they are.

    ``copy=False`` is for a trace that nobody uses afterwards: arrays may then take over the tensors' memory, in the
    order in which the numbers lie there. (q, k and v of all heads lie position by position.)
    """
    return _to_numpy(trace, batch_index, copy, {})


def _to_numpy(trace: Any, batch_index: int, copy: bool, made: dict[int, np.ndarray]) -> Any:
    """``made`` holds arrays by their tensors' ids: the state that leaves a block is the one that enters the next."""
    if isinstance(trace, Tensor):
        if (array := made.get(id(trace))) is None:
            array = made[id(trace)] = _array(trace, batch_index, copy)
        return array
    if isinstance(trace, tuple):
        return tuple([_to_numpy(part, batch_index, copy, made) for part in trace])
    if is_dataclass(trace):
        no_batch = ("position_code", "segment_embedding") if isinstance(trace, EmbeddingTrace) else ()
        found = {}
        for name, value in vars(trace).items():  # of ours all are fields; dataclasses.fields takes longer to list them
            if name in no_batch:
                found[name] = _array(value[None], 0, copy=True)
            else:
                found[name] = _to_numpy(value, batch_index, copy, made)
        return type(trace)(**found)
    return trace


def _array(tensor: Tensor, batch_index: int, copy: bool) -> np.ndarray:
    array = tensor.numpy(force=True)[batch_index]
    owns_memory = array.nbytes == tensor.untyped_storage().nbytes()  # not a part of a batch, or of a parameter
    if copy or not owns_memory:
        array = array.copy()
    array.setflags(write=False)
    return array


def nbytes(trace: Any) -> int:
    """Bytes held by all arrays of a trace; what a cache that is bounded by bytes counts."""
    if isinstance(trace, Tensor | np.ndarray):
        return int(trace.nbytes)
    if isinstance(trace, tuple):
        return sum(nbytes(part) for part in trace)
    if isinstance(trace, Sequence):  # blocks on demand
        return trace.nbytes
    if is_dataclass(trace):
        return sum(nbytes(getattr(trace, field.name)) for field in fields(trace))
    return 0


def allclose(a: Any, b: Any, atol: float) -> bool:
    """Whether two traces of one kind agree in every field within ``atol`` (used by tests and device checks)."""
    if isinstance(a, Tensor):
        return a.shape == b.shape and torch.allclose(a.cpu().double(), b.cpu().double(), rtol=0, atol=atol)
    if isinstance(a, np.ndarray):
        return a.shape == b.shape and bool(np.allclose(a, b, rtol=0, atol=atol))
    if isinstance(a, tuple):
        return len(a) == len(b) and all(allclose(x, y, atol) for x, y in zip(a, b, strict=True))
    if is_dataclass(a):
        return all(allclose(getattr(a, f.name), getattr(b, f.name), atol) for f in fields(a))
    return a == b
