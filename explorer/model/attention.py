"""Multi-head attention (Vaswani et al. 2017, section 3.2): the heart of the explorer, written as on the board."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from explorer.model.config import TransformerConfig
from explorer.model.dropout import Dropout
from explorer.model.trace import AttentionTrace


class MultiHeadAttention(nn.Module):
    """s heads that each ask, in their own d_k dimensions, which positions matter, and mix what those say.

    For head h, with x the asking states and c the states that are looked at (c = x in self-attention):

        q_i = W_Q x_i,   k_j = W_K c_j,   v_j = W_V c_j
        y_i = sum_j softmax_j(q_i . k_j / sqrt(d_k)) v_j
        output_i = W_O [y_i of head 1; ...; y_i of head s]

    With relative positions (Raffel et al. 2020, section 2.1) the score is q_i . k_j times the scale, plus b_ij.

    ``w_q.weight`` holds the W_Q of all heads, one above the other: rows ``h * d_k : (h + 1) * d_k`` are head h's
    W_Q, of shape ``[d_k, d_model]``, exactly the board's Q = W_Q X. Likewise ``w_k`` and ``w_v`` (with d_v).
    Columns ``h * d_v : (h + 1) * d_v`` of ``w_o.weight``, of shape ``[d_model, d_v]``, are what head h writes with.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.n_heads = config.n_heads
        self.scale = config.score_scale
        self.w_q = nn.Linear(config.d_model, config.n_heads * config.d_k, bias=config.attention_bias)
        self.w_k = nn.Linear(config.d_model, config.n_heads * config.d_k, bias=config.attention_bias)
        self.w_v = nn.Linear(config.d_model, config.n_heads * config.d_v, bias=config.attention_bias)
        self.w_o = nn.Linear(config.n_heads * config.d_v, config.d_model, bias=config.attention_bias)
        self.dropout = Dropout(config.attention_dropout)

    def forward(self, x: Tensor, context: Tensor, mask: Tensor, position_bias: Tensor | None = None) -> AttentionTrace:
        """Attend from each position of ``x`` to each position of ``context``.

        Parameters
        ----------
        x : Tensor [batch, query, d_model]
            The states that ask.
        context : Tensor [batch, key, d_model]
            The states that are looked at. In self-attention the same tensor as ``x``.
        mask : Tensor of bool [batch or 1, 1, query, key]
            True where the query may look at the key.
        position_bias : Tensor [1, head or 1, query, key]
            b_ij, what relative positions add to the scores; None for a layer without them, where b_ij = 0.
        """
        q = self._split_heads(self.w_q(x))
        k = self._split_heads(self.w_k(context))
        v = self._split_heads(self.w_v(context))
        scores = q @ k.transpose(-2, -1) * self.scale
        if position_bias is None:
            position_bias = scores.new_zeros(1, 1, *scores.shape[-2:])
        else:
            scores = scores + position_bias
        weights = self.weigh(scores, mask)
        heads = self.mix(weights, v, mask)
        output = self.w_o(heads.transpose(1, 2).flatten(2))
        position_bias = position_bias.expand(len(x), -1, -1, -1)
        return AttentionTrace(q, k, v, self.scale, position_bias, scores, mask, weights, heads, output)

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        """softmax_j(score_ij) over the keys that query i may look at, [batch, head, query, key]."""
        # -inf before the softmax makes the weight exactly 0, not merely small.
        return torch.where(mask, scores, float("-inf")).softmax(dim=-1)

    def mix(self, weights: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        """y_i = sum_j weight_ij v_j, [batch, head, query, d_v]."""
        return self.dropout(weights) @ v

    def _split_heads(self, x: Tensor) -> Tensor:
        """[batch, position, n_heads * size] -> [batch, head, position, size]"""
        return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)


def causal_mask(n_queries: int, n_keys: int, device: torch.device | str | None = None) -> Tensor:
    """[1, 1, query, key], True where the key is not after the query.

    With a cache there are more keys than queries: the queries are the last ``n_queries`` positions.
    """
    keys = torch.arange(n_keys, device=device)
    queries = torch.arange(n_keys - n_queries, n_keys, device=device)
    return (keys <= queries[:, None])[None, None]
