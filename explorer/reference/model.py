"""Blocks, stacks, and the whole model (paper, Figure 1)."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np

from explorer.model.config import TransformerConfig
from explorer.reference.attention import Parameters, causal_mask, linear, multi_head_attention, relative_bias
from explorer.reference.changes import AS_IT_IS, UNCHANGED, Changes
from explorer.reference.layers import ACTIVATIONS, embed, feed_forward, norm

# Blocks


def enter(x: np.ndarray, p: Parameters, config: TransformerConfig, changes: Changes) -> np.ndarray:
    """What a sublayer reads: LN(x) in a pre-norm model, x itself in the paper's post-norm."""
    return norm(x, p, config) if config.norm_position == "pre" and changes.norm else x


def leave(
    x: np.ndarray, sublayer: np.ndarray, p: Parameters, config: TransformerConfig, changes: Changes
) -> np.ndarray:
    """The residual: x + sublayer in a pre-norm model, LN(x + sublayer) in the paper's post-norm (section 3.1)."""
    total = x + sublayer if changes.residual else sublayer
    return norm(total, p, config) if config.norm_position == "post" and changes.norm else total


def block(
    x: np.ndarray,
    mask: np.ndarray,
    p: Parameters,
    config: TransformerConfig,
    kind: str = "",
    layer: int = 0,
    changes: Changes = UNCHANGED,
    position_bias: np.ndarray | None = None,
) -> SimpleNamespace:
    """Self-attention, then feed-forward, each inside a residual (paper, Figure 1, left)."""
    attention_norm, ff_norm = part(p, "attention_norm"), part(p, "ff_norm")
    change = changes.attention.get((kind, layer), AS_IT_IS)
    trace = SimpleNamespace(resid_pre=x)
    trace.attention_input = x = enter(trace.resid_pre, attention_norm, config, changes)
    trace.attention = multi_head_attention(x, x, mask, part(p, "attention"), config, change, position_bias)
    trace.resid_mid = leave(trace.resid_pre, trace.attention.output, attention_norm, config, changes)
    trace.ff_input = enter(trace.resid_mid, ff_norm, config, changes)
    trace.ff_hidden, trace.ff_output = feed_forward(trace.ff_input, part(p, "ff"), config)
    trace.resid_post = leave(trace.resid_mid, trace.ff_output, ff_norm, config, changes)
    return trace


def cross_block(
    x: np.ndarray,
    mask: np.ndarray,
    memory: np.ndarray,
    memory_mask: np.ndarray,
    p: Parameters,
    config: TransformerConfig,
    layer: int = 0,
    changes: Changes = UNCHANGED,
    position_bias: np.ndarray | None = None,
) -> SimpleNamespace:
    """Masked self-attention, attention over the encoder's output ``memory``, feed-forward (paper, Figure 1, right)."""
    attention_norm, cross_norm, ff_norm = part(p, "attention_norm"), part(p, "cross_norm"), part(p, "ff_norm")
    own, cross = (changes.attention.get((kind, layer), AS_IT_IS) for kind in ("decoder", "cross"))
    trace = SimpleNamespace(resid_pre=x)
    trace.attention_input = x = enter(trace.resid_pre, attention_norm, config, changes)
    trace.attention = multi_head_attention(x, x, mask, part(p, "attention"), config, own, position_bias)
    trace.resid_cross = leave(trace.resid_pre, trace.attention.output, attention_norm, config, changes)
    trace.cross_input = x = enter(trace.resid_cross, cross_norm, config, changes)
    trace.cross_attention = multi_head_attention(x, memory, memory_mask, part(p, "cross_attention"), config, cross)
    trace.resid_mid = leave(trace.resid_cross, trace.cross_attention.output, cross_norm, config, changes)
    trace.ff_input = enter(trace.resid_mid, ff_norm, config, changes)
    trace.ff_hidden, trace.ff_output = feed_forward(trace.ff_input, part(p, "ff"), config)
    trace.resid_post = leave(trace.resid_mid, trace.ff_output, ff_norm, config, changes)
    return trace


# Stacks, and the whole model


def encoder(
    tokens: np.ndarray, real: np.ndarray, p: Parameters, config: TransformerConfig, changes: Changes = UNCHANGED
) -> SimpleNamespace:
    """Every position looks at every position that is not padding (``real`` [position])."""
    mask = np.broadcast_to(real, (len(tokens), len(tokens)))
    embedding = embed(tokens, part(p, "embedding"), config, changes.norm)
    bias = position_bias(len(tokens), p, config, both_ways=True)
    x, blocks = embedding.output, []
    for n in changes.layers.get("encoder", range(config.n_encoder_layers)):
        blocks.append(block(x, mask, part(p, f"blocks.{n}"), config, "encoder", n, changes, bias))
        x = blocks[-1].resid_post
    output = norm(x, part(p, "norm"), config) if config.final_norm and changes.norm else x
    return SimpleNamespace(embedding=embedding, blocks=tuple(blocks), output=output)


def decoder(
    tokens: np.ndarray,
    real: np.ndarray,
    p: Parameters,
    config: TransformerConfig,
    memory: np.ndarray | None = None,
    memory_real: np.ndarray | None = None,
    causal: bool = True,
    changes: Changes = UNCHANGED,
) -> SimpleNamespace:
    """Every position looks at itself and those before it, and, if there is an encoder, at ``memory``.

    Without the causal mask it looks at those after it too, as no decoder was trained to.
    """
    mask = (causal_mask(len(tokens)) if causal else np.ones((len(tokens), len(tokens)), bool)) & real
    embedding = embed(tokens, part(p, "embedding"), config, changes.norm)
    bias = position_bias(len(tokens), p, config, both_ways=False)
    x, blocks = embedding.output, []
    for n in changes.layers.get("decoder", range(config.n_decoder_layers)):
        p_block = part(p, f"blocks.{n}")
        if memory is None:
            blocks.append(block(x, mask, p_block, config, "decoder", n, changes, bias))
        else:
            memory_mask = np.broadcast_to(memory_real, (len(tokens), len(memory)))
            blocks.append(cross_block(x, mask, memory, memory_mask, p_block, config, n, changes, bias))
        x = blocks[-1].resid_post
    output = norm(x, part(p, "norm"), config) if config.final_norm and changes.norm else x
    return SimpleNamespace(embedding=embedding, blocks=tuple(blocks), output=output)


def position_bias(n: int, p: Parameters, config: TransformerConfig, both_ways: bool) -> np.ndarray | None:
    """What a stack's relative positions add to the scores of its self-attention, [head, query, key]; None without."""
    return relative_bias(n, n, p["position_bias.weight"], config, both_ways) if config.positions == "relative" else None


def one_vector(states: np.ndarray, real: np.ndarray) -> np.ndarray:
    """x̄ = 1/n sum_i state_i over the n real positions, [1, d_model]: all that a decoder behind a bottleneck sees."""
    return states[real].mean(axis=0, keepdims=True)


def forward(
    parameters: Parameters,
    config: TransformerConfig,
    tokens: np.ndarray,
    source: np.ndarray | None = None,
    tokens_mask: np.ndarray | None = None,
    source_mask: np.ndarray | None = None,
    causal: bool = True,
    changes: Changes = UNCHANGED,
) -> SimpleNamespace:
    """The whole model on one text: everything it computes, under the names of explorer/model/trace.py.

    Parameters
    ----------
    parameters : dict of arrays
        The model's ``state_dict()`` as arrays.
    tokens, source : int [position]
        The ids that the model reads; ``source`` is the encoder's text of an encoder-decoder.
    tokens_mask, source_mask : bool [position]
        False where a position is padding; by default none is.
    causal : bool
        False lets a decoder look ahead.
    changes : Changes
        What this pass does otherwise; by default nothing.
    """
    tokens = np.asarray(tokens)
    real = np.ones(len(tokens), bool) if tokens_mask is None else np.asarray(tokens_mask)
    trace = SimpleNamespace()
    if config.architecture == "encoder":
        top = trace.encoder = encoder(tokens, real, part(parameters, "encoder"), config, changes)
    elif config.architecture == "decoder":
        p = part(parameters, "decoder")
        top = trace.decoder = decoder(tokens, real, p, config, causal=causal, changes=changes)
    else:
        source = np.asarray(source)
        source_real = np.ones(len(source), bool) if source_mask is None else np.asarray(source_mask)
        trace.encoder = encoder(source, source_real, part(parameters, "encoder"), config, changes)
        trace.memory = trace.encoder.output
        if config.bottleneck:
            trace.memory, source_real = one_vector(trace.memory, source_real), np.ones(1, bool)
        p = part(parameters, "decoder")
        top = trace.decoder = decoder(tokens, real, p, config, trace.memory, source_real, causal, changes)
    trace.unembedding_input = transform(top.output, parameters, config, changes)
    trace.logits = logits(trace.unembedding_input, parameters, config)
    return trace


def transform(
    x: np.ndarray, parameters: Parameters, config: TransformerConfig, changes: Changes = UNCHANGED
) -> np.ndarray:
    """What is done to the last state before the unembedding: nothing in the paper's model; LN(f(W x + b)) in BERT,
    x / sqrt(d_model) in T5."""
    if config.output_transform != "none":
        p = part(parameters, "transform.linear")
        x = ACTIVATIONS[config.output_transform](linear(x, p["weight"], p["bias"]))
        x = norm(x, part(parameters, "transform.norm"), config) if changes.norm else x
    return x / math.sqrt(config.d_model) if config.output_scale else x


def logits(x: np.ndarray, parameters: Parameters, config: TransformerConfig) -> np.ndarray:
    """One number per token of the vocabulary: E x, with E the embedding matrix if tied (paper, section 3.4), plus b.

    A model without unembedding has none.
    """
    if not config.unembedding:
        return x[:, :0]
    embedding_of = "encoder" if config.architecture == "encoder" else "decoder"
    matrix = f"{embedding_of}.embedding.token.weight" if config.tied_embeddings else "unembedding.weight"
    return linear(x, parameters[matrix], parameters.get("unembedding.bias"))


def part(parameters: Parameters, name: str) -> Parameters:
    """The parameters below ``name``, by the rest of their names: "ff.w_1.weight" is part(p, "ff")["w_1.weight"]."""
    return {key.removeprefix(f"{name}."): value for key, value in parameters.items() if key.startswith(f"{name}.")}
