"""Runs of small random models of every kind, for the tests of the residual stream."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch

from explorer.model.catalogue import About, Entry
from explorer.model.config import TransformerConfig
from explorer.model.run import Run, Tokens
from explorer.model.trace import to_numpy
from explorer.model.transformer import Transformer
from tests.golden.random_models import make_config, random_transformer

ARCHITECTURES = ("encoder-decoder", "decoder", "encoder")
# fmt: off
OPTIONS = (
    {},
    {"norm_position": "pre", "final_norm": True, "attention_bias": True, "output_bias": True},
    {"norm_position": "pre", "norm": "rms", "final_norm": True, "tied_embeddings": False, "positions": "learned"},
    {"norm_position": "pre", "positions": "none", "ff_bias": False, "output_bias": True},
    {"norm": "rms", "attention_bias": True, "embedding_scale": False, "positions": "sinusoidal-board"},
    {"norm_bias": False, "tied_embeddings": False, "output_bias": True, "n_heads": 1, "d_k": 2, "d_v": 3},
    {"final_norm": True, "attention_bias": True, "norm_eps": 0.1},
    {"embedding_norm": True, "n_segments": 2, "positions": "learned", "position_offset": 2, "output_bias": True},
    {
        "norm_position": "pre", "final_norm": True, "norm": "rms", "positions": "relative", "relative_buckets": 8,
        "relative_max_distance": 7, "output_scale": True, "ff_gate": True, "scale_scores": False, "activation": "silu",
    },
    {"embedding_norm": True, "norm": "rms", "output_scale": True, "positions": "sinusoidal-halves"},
)
# fmt: on
# A model with these has logits that are no sum of parts.
TRANSFORMED = {"embedding_norm": True, "n_segments": 2, "output_transform": "gelu", "output_bias": True}
CASES = [(architecture, n) for architecture in ARCHITECTURES for n in range(len(OPTIONS))]


@cache
def stream_run(architecture: str, option: int) -> tuple[Run, Transformer]:
    """The run of ``OPTIONS[option]`` over 5 tokens; what an encoder-decoder translates has 7."""
    config = make_config(architecture, **OPTIONS[option])
    return run_model(random_transformer(config, seed=3).requires_grad_(False))


@cache
def transformed_run(**options: str | bool) -> tuple[Run, Transformer]:
    """The run of a BERT with ``TRANSFORMED``, and any other options, over 5 tokens."""
    config = make_config("encoder", **(TRANSFORMED | options))
    return run_model(random_transformer(config, seed=3).requires_grad_(False))


def run_model(model: Transformer, n_tokens: int = 5) -> tuple[Run, Transformer]:
    config: TransformerConfig = model.config
    generator = torch.Generator().manual_seed(5)
    tokens = torch.randint(config.vocab_size, (1, n_tokens), generator=generator)
    source = torch.randint(config.vocab_size, (1, 7), generator=generator) if config.has_cross_attention else None
    with torch.inference_mode():
        trace = to_numpy(model(tokens, source))
    entry = Entry("random", Path(), config, About("", "", "", model.n_parameters(), ()))
    return Run(entry, None if source is None else _tokens(source), _tokens(tokens), False, trace), model


def _tokens(ids: torch.Tensor) -> Tokens:
    return Tokens(tuple(ids[0].tolist()), tuple(f"t{i}" for i in ids[0].tolist()))
