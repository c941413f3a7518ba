"""How many bytes the trace of a text will take, known before anything is computed."""

from __future__ import annotations

from explorer.limits import ALL_WEIGHTS
from explorer.model.config import TransformerConfig
from explorer.model.reading import InputError

FLOAT, BOOL, ID = 4, 1, 8  # bytes of one number


def trace_bytes(config: TransformerConfig, n_tokens: int, n_source: int = 0) -> int:
    """``nbytes`` of the trace of ``n_tokens`` tokens, and of ``n_source`` that an encoder-decoder's encoder reads."""
    n, m, c = n_tokens, n_source, config
    total = FLOAT * n * (c.d_model + c.vocab_size * c.unembedding)  # unembedding_input, logits
    if c.has_encoder:
        total += _stack(c, m if c.has_cross_attention else n, c.n_encoder_layers)
    memory = 1 if c.bottleneck else m
    if c.has_cross_attention:
        total += FLOAT * memory * c.d_model
    if c.has_decoder:
        total += _stack(c, n, c.n_decoder_layers, memory if c.has_cross_attention else 0)
    return total


def weights_bytes(config: TransformerConfig, n_tokens: int, n_source: int = 0) -> int:
    """Bytes of the attention weights of all layers and heads."""
    n, m, c = n_tokens, n_source, config
    pairs = c.n_decoder_layers * n * n
    if c.has_cross_attention:
        pairs += c.n_encoder_layers * m * m + c.n_decoder_layers * n * (1 if c.bottleneck else m)
    elif c.has_encoder:
        pairs += c.n_encoder_layers * n * n
    return FLOAT * c.n_heads * pairs


def check_room(config: TransformerConfig, n_tokens: int, n_source: int = 0) -> None:
    """InputError with the numbers, if the attention of so long a text is more than one run may hold."""
    if (needed := weights_bytes(config, n_tokens, n_source)) > ALL_WEIGHTS:
        raise InputError(
            f"The attention weights of all heads for {n_tokens + n_source:,} tokens would take "
            f"{needed / 2**20:,.0f} MB, and one text may take {ALL_WEIGHTS / 2**20:,.0f}: please shorten it."
        )


def _stack(c: TransformerConfig, n: int, n_layers: int, n_memory: int = 0) -> int:
    states = 5 * FLOAT * n * c.d_model + ID * n  # of the embedding: tokens and five states
    block = FLOAT * n * (7 * c.d_model + c.d_ff)  # six states and what the feed-forward network says, and its hidden
    block += _attention(c, n, n, c.positions == "relative") - FLOAT * n * c.d_model
    if n_memory:
        block += 2 * FLOAT * n * c.d_model + _attention(c, n, n_memory, False)
    return states + FLOAT * n * c.d_model + n_layers * block


def _attention(c: TransformerConfig, n: int, keys: int, relative: bool) -> int:
    """One layer: q, k, v, the bias, scores, mask, weights, heads, output."""
    vectors = c.n_heads * (n * (c.d_k + c.d_v) + keys * (c.d_k + c.d_v)) + n * c.d_model
    pairs = n * keys * (2 * c.n_heads + (c.n_heads if relative else 1))
    return FLOAT * (vectors + pairs) + BOOL * n * keys
