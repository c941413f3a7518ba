"""A run's activations under the names that TransformerLens gives them (Nanda and Bloom 2022), with its shapes.

Which of its classes has the names depends on the model: a pre-norm GPT or BERT ``HookedTransformer`` (in newer
versions ``TransformerBridge``), a post-norm BERT ``HookedEncoder``, a pre-norm encoder-decoder (T5)
``HookedEncoderDecoder``. The weights are taken as they are, so that the numbers are those of a model that it has loaded
without processing: by ``from_pretrained_no_processing``, nothing folded and nothing centred.

A name is here only where it means the very same numbers. Where that is not a field of our trace, it is computed:

=================================  ===================================================================================
its name                           what it is
=================================  ===================================================================================
``attn.hook_attn_scores``          scores after the mask: -inf where the query may not look
``ln1.hook_scale``                 what a norm divides by, sqrt(variance + eps), or sqrt(mean square + eps)
``ln1.hook_normalized`` (RMS)      what is divided, before the gain
``ln1.hook_normalized`` (BERT)     the norm's output, gain and bias included
``hook_resid_mid`` (BERT)          resid_pre + attention.output, the sum that the norm takes; our resid_mid is after it
``hook_resid_post`` (BERT)         likewise; after the norm it is called ``hook_normalized_resid_post``
=================================  ===================================================================================

Left out: ``hook_normalized`` of the layer norms in a pre-norm model, which is after the gain in ``HookedTransformer``
and before it in ``TransformerBridge``; ``mlp.hook_pre``, since a trace begins with the activation's output; and what
is computed only when asked for (``hook_result``, ``hook_q_input`` ...). The decoder of ``HookedEncoderDecoder`` hides
no later position, as a T5 does: there the names agree, and from the second target token on the numbers do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from explorer.model.config import TransformerConfig

Named = Iterator[tuple[str, np.ndarray]]


def transformer_lens_cache(run: Any) -> dict[str, np.ndarray]:
    """Every activation that TransformerLens has a name for, as its ``run_with_cache`` returns them.

    Shapes: states [1, position, d_model]; ``attn.hook_q`` and ``hook_k`` [1, position, head, d_k], ``hook_v`` and
    ``hook_z`` [1, position, head, d_v]; ``attn.hook_attn_scores`` and ``hook_pattern`` [1, head, query, key];
    ``mlp.hook_post`` [1, position, d_ff]; ``hook_scale`` [1, position, 1]. The 1 in front is the batch.

    Raises
    ------
    ValueError
        If TransformerLens has no class with such blocks: post-norm GPTs and post-norm encoder-decoders.
    """
    config, trace = run.entry.config, run.trace
    check_has_names(config, run.entry.name)
    if config.architecture == "encoder-decoder":
        named = _encoder_decoder(trace, config)
    elif config.norm_position == "post":
        named = _bert(trace, config)
    else:
        named = _one_stack(trace, config)
    return {name: np.ascontiguousarray(array)[None] for name, array in named}


def check_has_names(config: TransformerConfig, name: str) -> None:
    """ValueError for a model whose blocks TransformerLens has no class for: one with a decoder, and a norm after each
    sublayer."""
    if config.norm_position == "post" and config.has_decoder:
        what = "an encoder-decoder" if config.has_encoder else "a decoder"
        raise ValueError(f"TransformerLens has no names for {name}, {what} with a norm after each sublayer.")


def _one_stack(trace: Any, config: TransformerConfig) -> Named:
    """The names of HookedTransformer."""
    stack = trace.decoder if config.has_decoder else trace.encoder
    yield "hook_embed", stack.embedding.token_embedding
    if config.positions not in ("relative", "none"):
        yield "hook_pos_embed", stack.embedding.position_code
    for layer, block in enumerate(stack.blocks):
        yield from _pre_norm_block(f"blocks.{layer}", block, config)
    if config.final_norm:
        yield from _norm("ln_final", stack.blocks[-1].resid_post, None, config)


def _encoder_decoder(trace: Any, config: TransformerConfig) -> Named:
    """The names of HookedEncoderDecoder, whose ``hook_embed`` sees the source alone."""
    yield "hook_embed", trace.encoder.embedding.token_embedding
    for name, stack in (("encoder", trace.encoder), ("decoder", trace.decoder)):
        for layer, block in enumerate(stack.blocks):
            yield from _pre_norm_block(f"{name}.{layer}", block, config)
        if config.final_norm:
            yield from _norm(f"{name}_final_ln", stack.blocks[-1].resid_post, None, config)


def _bert(trace: Any, config: TransformerConfig) -> Named:
    """The names of HookedEncoder."""
    embedding = trace.encoder.embedding
    yield "embed.hook_embed", embedding.token_embedding
    if config.positions not in ("relative", "none"):
        yield "embed.hook_pos_embed", embedding.position_code
    if config.n_segments:
        yield "embed.hook_token_type_embed", embedding.segment_embedding
    if config.embedding_norm:
        yield from _norm("embed.ln", embedding.total, embedding.output, config)
    yield "hook_full_embed", embedding.output
    for layer, block in enumerate(trace.encoder.blocks):
        name = f"blocks.{layer}"
        middle, last = block.resid_pre + block.attention.output, block.resid_mid + block.ff_output
        yield f"{name}.hook_resid_pre", block.resid_pre
        yield from _attention(f"{name}.attn", block.attention)
        yield f"{name}.hook_attn_out", block.attention.output
        yield f"{name}.hook_resid_mid", middle
        yield from _norm(f"{name}.ln1", middle, block.resid_mid, config)
        yield f"{name}.mlp.hook_post", block.ff_hidden
        yield f"{name}.hook_mlp_out", block.ff_output
        yield f"{name}.hook_resid_post", last
        yield from _norm(f"{name}.ln2", last, block.resid_post, config)
        yield f"{name}.hook_normalized_resid_post", block.resid_post
    if config.output_transform != "none" and config.norm == "layer" and not config.output_scale:
        yield "mlm_head.ln.hook_normalized", trace.unembedding_input


def _pre_norm_block(name: str, block: Any, config: TransformerConfig) -> Named:
    """One block; a decoder that looks at an encoder does so, with a norm of its own, before the feed-forward."""
    crosses = hasattr(block, "cross_attention")
    after_attention = block.resid_cross if crosses else block.resid_mid
    yield f"{name}.hook_resid_pre", block.resid_pre
    yield from _norm(f"{name}.ln1", block.resid_pre, None, config)
    yield from _attention(f"{name}.attn", block.attention)
    yield f"{name}.hook_attn_out", block.attention.output
    yield f"{name}.hook_resid_mid", after_attention
    if crosses:
        yield from _norm(f"{name}.ln2", block.resid_cross, None, config)
        yield from _attention(f"{name}.cross_attn", block.cross_attention)
        yield f"{name}.hook_cross_attn_out", block.cross_attention.output
        yield f"{name}.hook_resid_mid_cross", block.resid_mid
    yield from _norm(f"{name}.ln{3 if crosses else 2}", block.resid_mid, None, config)
    yield f"{name}.mlp.hook_post", block.ff_hidden
    yield f"{name}.hook_mlp_out", block.ff_output
    yield f"{name}.hook_resid_post", block.resid_post


def _attention(name: str, attention: Any) -> Named:
    """One attention layer; TransformerLens has the position before the head."""
    yield f"{name}.hook_q", attention.q.swapaxes(0, 1)
    yield f"{name}.hook_k", attention.k.swapaxes(0, 1)
    yield f"{name}.hook_v", attention.v.swapaxes(0, 1)
    yield f"{name}.hook_attn_scores", np.where(attention.mask, attention.scores, np.float32(-np.inf))
    yield f"{name}.hook_pattern", attention.weights
    yield f"{name}.hook_z", attention.heads.swapaxes(0, 1)


def _norm(name: str, before: np.ndarray, after: np.ndarray | None, config: TransformerConfig) -> Named:
    """What a norm divides by, and its output ``after``; of an RMS norm, which has no mean, what it makes of ``before``
    but for the gain. None for an output that has no name."""
    rms = config.norm == "rms"
    x = before if rms else before - before.mean(-1, keepdims=True)
    scale = np.sqrt(np.square(x).mean(-1, keepdims=True) + np.float32(config.norm_eps))
    yield f"{name}.hook_scale", scale
    if rms:
        yield f"{name}.hook_normalized", x / scale
    elif after is not None:
        yield f"{name}.hook_normalized", after
