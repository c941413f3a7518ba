"""Small models with random weights and prime sizes, run once each, for the tests of the attention layer's numbers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch

from explorer.analysis.attention_layer import AttentionLayer, read_layer
from explorer.model.catalogue import About, Entry
from explorer.model.config import TransformerConfig
from explorer.model.kinds import attention_kinds, n_layers
from explorer.model.run import Run, Tokens
from explorer.model.trace import to_numpy
from explorer.model.transformer import Transformer

SIZES = {"vocab_size": 23, "d_model": 14, "n_heads": 3, "d_k": 5, "d_v": 7, "d_ff": 11, "max_len": 13}
ENCODER_DECODER = {"architecture": "encoder-decoder", "n_encoder_layers": 2, "n_decoder_layers": 2}
BERT = {
    "architecture": "encoder",
    "n_encoder_layers": 2,
    "positions": "learned",
    "n_segments": 2,
    "embedding_norm": True,
    "embedding_scale": False,
    "attention_bias": True,
}
RELATIVE = {"positions": "relative", "relative_buckets": 8, "relative_max_distance": 6}  # 5 tokens reach the logarithm
CONFIGS = {
    "paper": TransformerConfig(**ENCODER_DECODER, **SIZES),
    "pre-norm pair": TransformerConfig(
        **ENCODER_DECODER, **SIZES, norm_position="pre", final_norm=True, attention_bias=True
    ),
    "pre-norm pair without final norm": TransformerConfig(**ENCODER_DECODER, **SIZES, norm_position="pre"),
    "post-norm pair with final norm": TransformerConfig(**ENCODER_DECODER, **SIZES, final_norm=True, norm="rms"),
    "gpt": TransformerConfig(
        architecture="decoder", n_decoder_layers=2, **SIZES, norm_position="pre", positions="learned", final_norm=True
    ),
    "bert": TransformerConfig(
        architecture="encoder", n_encoder_layers=2, **SIZES, attention_bias=True, positions="none", scale_scores=False
    ),
    "rms, no scale": TransformerConfig(
        architecture="decoder", n_decoder_layers=2, **SIZES, norm_position="pre", norm="rms", scale_scores=False
    ),
    "post-norm without bias": TransformerConfig(
        architecture="encoder", n_encoder_layers=2, **SIZES, norm_bias=False, positions="sinusoidal-board"
    ),
    "t5": TransformerConfig(
        **ENCODER_DECODER,
        **SIZES,
        **RELATIVE,
        norm_position="pre",
        norm="rms",
        final_norm=True,
        ff_gate=True,
        ff_bias=False,
        scale_scores=False,
        embedding_scale=False,
        output_scale=True,
        activation="gelu_tanh",
    ),
    "relative, with scale": TransformerConfig(architecture="decoder", n_decoder_layers=2, **SIZES, **RELATIVE),
    "bert with segments": TransformerConfig(**BERT, **SIZES, output_transform="gelu", output_bias=True),
    "bert without logits": TransformerConfig(**BERT, **SIZES, unembedding=False),
    "bart": TransformerConfig(
        **ENCODER_DECODER, **SIZES, positions="learned", position_offset=2, embedding_norm=True, activation="quick_gelu"
    ),
    "marian": TransformerConfig(
        **ENCODER_DECODER, **SIZES, positions="sinusoidal-halves", activation="silu", output_bias=True
    ),
    "transform and scale": TransformerConfig(
        architecture="decoder",
        n_decoder_layers=2,
        **SIZES,
        activation="tanh",
        output_transform="silu",
        output_scale=True,
    ),
    "relative, with embedding norm": TransformerConfig(
        architecture="encoder",
        n_encoder_layers=2,
        **SIZES,
        **RELATIVE,
        norm="rms",
        norm_position="pre",
        embedding_norm=True,
    ),
}


@cache
def random_run(name: str) -> tuple[Run, Transformer]:
    """The model of that config with every parameter drawn at random (biases and gains too), and its run."""
    config = CONFIGS[name]
    generator = torch.Generator().manual_seed(11)
    model = Transformer(config).eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.6)
    tokens = torch.randint(0, config.vocab_size, (1, 5), generator=generator)
    source = torch.randint(0, config.vocab_size, (1, 7), generator=generator) if config.has_cross_attention else None
    with torch.inference_mode():
        trace = to_numpy(model(tokens, source))
    entry = Entry(name, Path(), config, About("", "", "", model.n_parameters(), ()))
    return Run(entry, None if source is None else _tokens(source), _tokens(tokens), False, trace), model


def layers_of(name: str) -> list[AttentionLayer]:
    """Every attention layer of every kind of that run."""
    run, model = random_run(name)
    config = run.entry.config
    return [
        read_layer(run, model, kind, layer)
        for kind in attention_kinds(config)
        for layer in range(n_layers(config, kind))
    ]


def _tokens(ids: torch.Tensor) -> Tokens:
    return Tokens(tuple(ids[0].tolist()), tuple(f"t{i}" for i in ids[0].tolist()))
