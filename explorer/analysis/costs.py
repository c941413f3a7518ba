"""What a model of a given shape costs to run: memory, the key/value cache, multiply-adds, and how they grow."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.analysis.parameters import AttentionCount
from explorer.model.config import TransformerConfig

BYTES = {"float32": 4, "float16": 2, "int8": 1}  # of one number


def memory_bytes(n_numbers: int, dtype: str) -> int:
    """Bytes that so many numbers take; KeyError for an unknown format."""
    return n_numbers * BYTES[dtype]


@dataclass(frozen=True)
class CacheCost:
    """Numbers that decoding keeps, so that earlier positions need not be read again: k and v of every layer."""

    per_token: int  # of the text that is written: layers * s * (m + l)
    per_source_token: int  # of the source, through cross-attention; 0 without an encoder, and fixed once it is read


def cache_cost(config: TransformerConfig) -> CacheCost:
    """The key/value cache of a decoder, in numbers; 0 for a model that does not decode."""
    numbers = config.n_decoder_layers * config.n_heads * (config.d_k + config.d_v)
    return CacheCost(numbers, numbers if config.has_cross_attention and not config.bottleneck else 0)


@dataclass(frozen=True)
class LayerWork:
    """Multiply-adds of one layer of self-attention and feed-forward over n tokens; norms and softmax left out."""

    projections: int  # n * (s(2dm + dl) + l s d): every token by the matrices; grows like n d^2
    feed_forward: int  # n * 2 d f, with a gate n * 3 d f; grows like n d^2 too, since f is a multiple of d
    attention: int  # n^2 * s(m + l): every query by every key, every weight by its value; grows like n^2 d

    @property
    def total(self) -> int:
        return self.projections + self.feed_forward + self.attention


def layer_work(config: TransformerConfig, n: int) -> LayerWork:
    """The work of one layer over a text of ``n`` tokens, every query looking at every key, nothing cached."""
    s, d, m, l = config.n_heads, config.d_model, config.d_k, config.d_v  # noqa: E741
    return LayerWork(
        projections=n * AttentionCount(s, d, m, l, d).exact,
        feed_forward=n * _feed_forward(config),
        attention=n * n * s * (m + l),
    )


def crossing_length(config: TransformerConfig) -> float:
    """The n at which attention's n^2 work equals that of the matrices (projections and feed-forward together).

    n = (s(2dm + dl) + l s d + 2 d f) / (s(m + l)), with a gate 3 d f. With the paper's m = l = d / s and f = 4 d that
    is 6 d.
    """
    one = layer_work(config, 1)
    return (one.projections + one.feed_forward) / one.attention


def work_per_token(config: TransformerConfig, n: int) -> int:
    """Multiply-adds for one more token of a decoder that has read ``n - 1`` before, with a cache; logits included.

    An encoder-decoder's cross-attention is counted over a source of ``n`` tokens as well. For an encoder it is the
    share of one token in a pass over ``n``.
    """
    s, d, m, l = config.n_heads, config.d_model, config.d_k, config.d_v  # noqa: E741
    look = n * s * (m + l)
    own = AttentionCount(s, d, m, l, d).exact + look + _feed_forward(config)
    layers = config.n_decoder_layers or config.n_encoder_layers
    cross = (s * d * m + l * s * d + look) if config.has_cross_attention else 0
    output = config.vocab_size * d if config.unembedding else 0
    transform = d * d if config.output_transform != "none" else 0
    return layers * (own + cross) + transform + output


def _feed_forward(config: TransformerConfig) -> int:
    """Of one token: the matrices W_1 and W_2, and W_3 where there is a gate."""
    return (3 if config.ff_gate else 2) * config.d_model * config.d_ff
