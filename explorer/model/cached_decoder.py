"""The decoder once more, for decoding: it reads a few new positions at a time, and keeps nothing but keys and values.

The traced pass records everything it computes, which takes longer than computing it. Here nothing is recorded; the
parameters are the model's own, and the tests hold the logits within 1e-5 of the traced pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from explorer.limits import LAID_OUT_BYTES
from explorer.model.activations import activate
from explorer.model.attention import MultiHeadAttention, causal_mask
from explorer.model.key_value_cache import KeyValueCache
from explorer.model.layers import Block, CrossBlock, FeedForward, after_sublayer, before_sublayer
from explorer.model.row_linear import RowLinear
from explorer.model.transformer import Memory, Transformer


@dataclass(frozen=True)
class Past:
    """What one block needs of what was read before."""

    own: KeyValueCache | None  # of the positions that the decoder has read; None before the first
    memory: KeyValueCache | None  # of the encoder's output, for a block that attends to it

    def take(self, rows: Tensor) -> Past:
        return Past(self.own and self.own.take(rows), self.memory and self.memory.take(rows))


Pasts = tuple[Past, ...]  # one for each block


class CachedDecoder:
    """The decoder of ``model``, for one decoding; ``model`` may be shared and is in eval mode."""

    def __init__(self, model: Transformer) -> None:
        self.embedding, self.norm = model.decoder.embedding, model.decoder.norm
        self.position_bias, self.to_unembedding = model.decoder.position_bias, model.to_unembedding
        self.blocks = [CachedBlock(block) for block in model.decoder.blocks]
        self.unembedding = RowLinear(model.unembedding)
        self.is_laid_out = False

    def lay_out(self) -> None:
        """Prepare for reading one position of one text many times, see ``RowLinear``; not for large models: the weights
        then lie in memory twice, as long as the model does."""
        self.is_laid_out = True
        linears = (self.unembedding, *(linear for block in self.blocks for linear in block.linears()))
        is_small = sum(linear.weight.nbytes for linear in linears) <= LAID_OUT_BYTES
        if is_small and self.unembedding.weight.device.type == "cpu":
            for linear in linears:
                linear.lay_out()

    def start(self, memory: Memory | None) -> Pasts:
        """The past of each block before anything is read."""
        return tuple(Past(None, block.read_memory(memory)) for block in self.blocks)

    def read(self, tokens: Tensor, past: Pasts, memory_mask: Tensor | None) -> tuple[Tensor, Pasts]:
        """The logits [batch, position, vocab_size] after each of ``tokens`` [batch, position], and the new past.

        ``memory_mask`` [batch, 1, 1, source position] is True for what is not padding; None if nothing is.
        """
        n_past, n_new = past[0].own.length if past[0].own else 0, tokens.shape[1]
        mask = self._mask(n_new, n_past + n_new, tokens.device)
        x, read = self.embedding(tokens, n_past).output, []
        for block, block_past in zip(self.blocks, past, strict=True):
            x, block_past = block.read(x, block_past, mask, memory_mask)
            read.append(block_past)
        return self.unembedding(self.to_unembedding(self.norm(x))), tuple(read)

    def _mask(self, n_new: int, n_keys: int, device: torch.device) -> Tensor | None:
        """What is added to the scores, or True where a key may be seen; None if every key may be and nothing is added.

        A single new position is the last one, and may see them all.
        """
        mask = causal_mask(n_new, n_keys, device) if n_new > 1 else None
        bias = self.position_bias(n_new, n_keys)
        if bias is None or mask is None:
            return mask if bias is None else bias
        return bias.masked_fill(~mask, float("-inf"))


class CachedBlock:
    """A GPT's block, or with ``cross_attention`` a translator's: see Block and CrossBlock for the same with a trace."""

    def __init__(self, block: Block | CrossBlock) -> None:
        self.pre = block.pre
        self.attention, self.attention_norm = CachedAttention(block.attention), block.attention_norm
        self.ff, self.ff_norm = CachedFeedForward(block.ff), block.ff_norm
        self.cross_attention = None
        if isinstance(block, CrossBlock):
            self.cross_attention, self.cross_norm = CachedAttention(block.cross_attention), block.cross_norm

    def linears(self) -> tuple[RowLinear, ...]:
        """The matrices that a step multiplies with; the memory's W_K and W_V have been used by then."""
        own, cross, ff = self.attention, self.cross_attention, self.ff
        between = (cross.w_q, cross.w_o) if cross else ()
        gate = (ff.w_3,) if ff.w_3 else ()
        return (own.w_q, own.w_k, own.w_v, own.w_o, *between, ff.w_1, *gate, ff.w_2)

    def read_memory(self, memory: Memory | None) -> KeyValueCache | None:
        return KeyValueCache(*self.cross_attention.keys_and_values(memory.states)) if self.cross_attention else None

    def read(self, x: Tensor, past: Past, mask: Tensor | None, memory_mask: Tensor | None) -> tuple[Tensor, Past]:
        """``x`` [batch, new position, d_model] -> the states that leave, and the past with the new positions."""
        y = before_sublayer(self.attention_norm, x, self.pre)
        k, v = self.attention.keys_and_values(y)
        own = past.own.append(k, v) if past.own else KeyValueCache(k, v)
        x = after_sublayer(self.attention_norm, x + self.attention(y, own, mask), self.pre)
        if self.cross_attention:
            y = before_sublayer(self.cross_norm, x, self.pre)
            x = after_sublayer(self.cross_norm, x + self.cross_attention(y, past.memory, memory_mask), self.pre)
        y = before_sublayer(self.ff_norm, x, self.pre)
        x = after_sublayer(self.ff_norm, x + self.ff(y), self.pre)
        return x, Past(own, past.memory)


class CachedAttention:
    """softmax(q k^T * scale) v of every head, times W_O: see MultiHeadAttention."""

    def __init__(self, layer: MultiHeadAttention) -> None:
        self.n_heads, self.scale = layer.n_heads, layer.scale
        self.w_q, self.w_k = RowLinear(layer.w_q), RowLinear(layer.w_k)
        self.w_v, self.w_o = RowLinear(layer.w_v), RowLinear(layer.w_o)

    def keys_and_values(self, context: Tensor) -> tuple[Tensor, Tensor]:
        return self._split_heads(self.w_k(context)), self._split_heads(self.w_v(context))

    def __call__(self, x: Tensor, seen: KeyValueCache, mask: Tensor | None) -> Tensor:
        q = self._split_heads(self.w_q(x))
        heads = functional.scaled_dot_product_attention(q, seen.k, seen.v, mask, scale=self.scale)
        return self.w_o(heads.transpose(1, 2).flatten(2))

    def _split_heads(self, x: Tensor) -> Tensor:
        """[batch, position, n_heads * size] -> [batch, head, position, size]"""
        return x.view(x.shape[0], x.shape[1], self.n_heads, -1).transpose(1, 2)


class CachedFeedForward:
    """W_2 f(W_1 x + b_1) + b_2, with a gate if the model has one: see FeedForward."""

    def __init__(self, ff: FeedForward) -> None:
        self.w_1, self.w_2, self.activation = RowLinear(ff.w_1), RowLinear(ff.w_2), ff.activation
        self.w_3 = None if ff.w_3 is None else RowLinear(ff.w_3)

    def __call__(self, x: Tensor) -> Tensor:
        hidden = activate(self.w_1(x), self.activation)
        return self.w_2(hidden if self.w_3 is None else hidden * self.w_3(x))
