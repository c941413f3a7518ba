"""Every learned array of a Transformer by name, with its shape: what a config promises, known without building it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from explorer.model.config import TransformerConfig

Shape = tuple[int, ...]


def parameter_shapes(config: TransformerConfig) -> dict[str, Shape]:
    """The names and shapes of ``Transformer(config).named_parameters()``; a tied matrix is listed once.

    A matrix that maps size a to size b has shape [b, a], as in y = W x.
    """
    return dict(_all(config))


def count_parameters(config: TransformerConfig) -> int:
    """How many numbers ``Transformer(config)`` learns, without building it."""
    return sum(map(math.prod, parameter_shapes(config).values()))


def _all(c: TransformerConfig) -> Iterator[tuple[str, Shape]]:
    if c.has_encoder:
        yield from _stack("encoder", c, c.source_vocab_size or c.vocab_size, ("attention",), c.n_encoder_layers)
    if c.has_decoder:
        kinds = ("attention", "cross_attention") if c.has_cross_attention else ("attention",)
        shares_embedding = c.has_cross_attention and not c.source_vocab_size
        yield from _stack("decoder", c, 0 if shares_embedding else c.vocab_size, kinds, c.n_decoder_layers)
    if c.output_transform != "none":
        yield from _linear("transform.linear", c.d_model, c.d_model, bias=True)
        yield from _norm("transform.norm", c)
    if c.unembedding and not c.tied_embeddings:
        yield "unembedding.weight", (c.vocab_size, c.d_model)
    if c.output_bias:
        yield "unembedding.bias", (c.vocab_size,)


def _stack(
    name: str, c: TransformerConfig, vocab_size: int, kinds: tuple[str, ...], n_layers: int
) -> Iterator[tuple[str, Shape]]:
    """An encoder or a decoder; ``vocab_size`` 0 if its embedding matrix is another stack's."""
    if vocab_size:
        yield f"{name}.embedding.token.weight", (vocab_size, c.d_model)
    if c.positions == "learned":
        yield f"{name}.embedding.position", (c.max_len + c.position_offset, c.d_model)
    if c.n_segments:
        yield f"{name}.embedding.segment", (c.n_segments, c.d_model)
    if c.embedding_norm:
        yield from _norm(f"{name}.embedding.norm", c)
    if c.positions == "relative":
        yield f"{name}.position_bias.weight", (c.relative_buckets, c.n_heads)
    for i in range(n_layers):
        block = f"{name}.blocks.{i}"
        for kind in kinds:
            yield from _attention(f"{block}.{kind}", c)
            yield from _norm(f"{block}.{kind.removesuffix('_attention')}_norm", c)
        yield from _linear(f"{block}.ff.w_1", c.d_ff, c.d_model, c.ff_bias)
        if c.ff_gate:
            yield from _linear(f"{block}.ff.w_3", c.d_ff, c.d_model, c.ff_bias)
        yield from _linear(f"{block}.ff.w_2", c.d_model, c.d_ff, c.ff_bias)
        yield from _norm(f"{block}.ff_norm", c)
    if c.final_norm:
        yield from _norm(f"{name}.norm", c)


def _attention(name: str, c: TransformerConfig) -> Iterator[tuple[str, Shape]]:
    for matrix, size in (("w_q", c.d_k), ("w_k", c.d_k), ("w_v", c.d_v)):
        yield from _linear(f"{name}.{matrix}", c.n_heads * size, c.d_model, c.attention_bias)
    yield from _linear(f"{name}.w_o", c.d_model, c.n_heads * c.d_v, c.attention_bias)


def _linear(name: str, size_out: int, size_in: int, bias: bool) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (size_out, size_in)
    if bias:
        yield f"{name}.bias", (size_out,)


def _norm(name: str, c: TransformerConfig) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (c.d_model,)
    if c.norm == "layer" and c.norm_bias:
        yield f"{name}.bias", (c.d_model,)
