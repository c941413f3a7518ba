"""The parts around attention: embeddings, norms, the feed-forward network, and both kinds of block."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from explorer.model.activations import activate
from explorer.model.attention import MultiHeadAttention
from explorer.model.config import TransformerConfig
from explorer.model.dropout import Dropout
from explorer.model.position_codes import sinusoidal_code
from explorer.model.trace import BlockTrace, CrossBlockTrace, EmbeddingTrace, FeedForwardTrace


class Embedding(nn.Module):
    """Ids to x: a row of the embedding matrix, times sqrt(d_model) where configured, plus the position's code.

    BERT adds the embedding of the segment that a token belongs to, and norms the sum (Devlin et al. 2019, Figure 2).
    Here each text is one segment, the first.
    """

    def __init__(self, config: TransformerConfig, vocab_size: int) -> None:
        super().__init__()
        self.scale = config.d_model**0.5 if config.embedding_scale else 1.0
        self.max_len, self.offset = config.max_len, config.position_offset
        self.token = nn.Embedding(vocab_size, config.d_model)
        if config.positions == "learned":
            self.position = nn.Parameter(torch.empty(config.max_len + config.position_offset, config.d_model))
        else:
            # follows from the config: not in the checkpoint
            self.register_buffer("position", fixed_code(config), persistent=False)
        if config.n_segments:
            self.segment = nn.Parameter(torch.empty(config.n_segments, config.d_model))
        else:
            self.register_buffer("segment", torch.zeros(1, config.d_model), persistent=False)
        self.norm = make_norm(config) if config.embedding_norm else nn.Identity()
        self.dropout = Dropout(config.dropout)

    def forward(self, tokens: Tensor, offset: int = 0) -> EmbeddingTrace:
        """Embed ``tokens`` [batch, position], the first of which stands at position ``offset``."""
        end = offset + tokens.shape[1]
        if end > self.max_len:
            raise ValueError(f"{end} tokens, but this model has positions for max_len={self.max_len}")
        token_embedding = self.token(tokens) * self.scale
        position_code = self.position[self.offset + offset : self.offset + end]
        segment_embedding = self.segment[:1].expand(len(position_code), -1)
        total = token_embedding + position_code + segment_embedding
        output = self.dropout(self.norm(total))
        return EmbeddingTrace(tokens, token_embedding, position_code, segment_embedding, total, output)


def fixed_code(config: TransformerConfig, base: float = 10000.0) -> Tensor:
    """What a model with ``config``, which learns no positions, adds to its embeddings: [max_len, d_model]."""
    if torch.empty(0).is_meta:  # a model without values: counting up there brings in torch's compiler, some seconds
        return torch.empty(config.max_len, config.d_model)
    if config.positions.startswith("sinusoidal"):
        return sinusoidal_code(config.max_len, config.d_model, config.positions, base)
    return torch.zeros(config.max_len, config.d_model)


class RMSNorm(nn.Module):
    """x / sqrt(mean(x^2) + eps) * gain (Zhang and Sennrich 2019, equation 4)."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        return x * (x.square().mean(-1, keepdim=True) + self.eps).rsqrt() * self.weight


def make_norm(config: TransformerConfig) -> nn.Module:
    """The norm the config asks for: layer norm (Ba et al. 2016), with or without bias, or RMS norm."""
    if config.norm == "rms":
        return RMSNorm(config.d_model, config.norm_eps)
    return nn.LayerNorm(config.d_model, eps=config.norm_eps, bias=config.norm_bias)


class FeedForward(nn.Module):
    """FFN(x) = W_2 f(W_1 x + b_1) + b_2, at each position alone (paper, equation 2).

    With a gate: FFN(x) = W_2 (f(W_1 x + b_1) * (W_3 x + b_3)) + b_2 (Shazeer 2020, equation 6).
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.w_1 = nn.Linear(config.d_model, config.d_ff, bias=config.ff_bias)
        self.w_3 = nn.Linear(config.d_model, config.d_ff, bias=config.ff_bias) if config.ff_gate else None
        self.w_2 = nn.Linear(config.d_ff, config.d_model, bias=config.ff_bias)
        self.activation = config.activation

    def forward(self, x: Tensor) -> FeedForwardTrace:
        hidden = activate(self.w_1(x), self.activation)
        if self.w_3 is not None:
            hidden = hidden * self.w_3(x)
        return FeedForwardTrace(hidden, self.w_2(hidden))


class Residual(nn.Module):
    """x + f(x): what a sublayer says is added to what it was told (paper, section 3.1)."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, sublayer: Tensor) -> Tensor:
        return x + self.dropout(sublayer)


class Block(nn.Module):
    """Self-attention and feed-forward, each with a residual and a norm: an encoder's block, or a GPT's."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.pre = config.norm_position == "pre"
        self.attention = MultiHeadAttention(config)
        self.attention_norm = make_norm(config)
        self.ff = FeedForward(config)
        self.ff_norm = make_norm(config)
        self.residual = Residual(config)

    def forward(self, x: Tensor, mask: Tensor, position_bias: Tensor | None = None) -> BlockTrace:
        attention_input = before_sublayer(self.attention_norm, x, self.pre)
        attention = self.attention(attention_input, attention_input, mask, position_bias)
        resid_mid = after_sublayer(self.attention_norm, self.residual(x, attention.output), self.pre)
        ff_input = before_sublayer(self.ff_norm, resid_mid, self.pre)
        ff = self.ff(ff_input)
        resid_post = after_sublayer(self.ff_norm, self.residual(resid_mid, ff.output), self.pre)
        return BlockTrace(x, attention_input, attention, resid_mid, ff_input, ff.hidden, ff.output, resid_post)


class CrossBlock(nn.Module):
    """A decoder block of an encoder-decoder: masked self-attention, attention over the encoder, feed-forward."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.pre = config.norm_position == "pre"
        self.attention = MultiHeadAttention(config)
        self.attention_norm = make_norm(config)
        self.cross_attention = MultiHeadAttention(config)
        self.cross_norm = make_norm(config)
        self.ff = FeedForward(config)
        self.ff_norm = make_norm(config)
        self.residual = Residual(config)

    def forward(
        self, x: Tensor, mask: Tensor, memory: Tensor, memory_mask: Tensor, position_bias: Tensor | None = None
    ) -> CrossBlockTrace:
        attention_input = before_sublayer(self.attention_norm, x, self.pre)
        attention = self.attention(attention_input, attention_input, mask, position_bias)
        resid_cross = after_sublayer(self.attention_norm, self.residual(x, attention.output), self.pre)
        cross_input = before_sublayer(self.cross_norm, resid_cross, self.pre)
        cross_attention = self.cross_attention(cross_input, memory, memory_mask)
        resid_mid = after_sublayer(self.cross_norm, self.residual(resid_cross, cross_attention.output), self.pre)
        ff_input = before_sublayer(self.ff_norm, resid_mid, self.pre)
        ff = self.ff(ff_input)
        resid_post = after_sublayer(self.ff_norm, self.residual(resid_mid, ff.output), self.pre)
        return CrossBlockTrace(
            resid_pre=x,
            attention_input=attention_input,
            attention=attention,
            resid_cross=resid_cross,
            cross_input=cross_input,
            cross_attention=cross_attention,
            resid_mid=resid_mid,
            ff_input=ff_input,
            ff_hidden=ff.hidden,
            ff_output=ff.output,
            resid_post=resid_post,
        )


def before_sublayer(norm: nn.Module, x: Tensor, pre: bool) -> Tensor:
    """What a sublayer f reads: LN(x) in a pre-norm block, which is x + f(LN(x)); else x."""
    return norm(x) if pre else x


def after_sublayer(norm: nn.Module, x: Tensor, pre: bool) -> Tensor:
    """What a sublayer leaves of the sum x: LN(x) in a post-norm block, which is LN(x + f(x)); else x."""
    return x if pre else norm(x)
