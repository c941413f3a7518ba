"""Decoders with so few tokens that all their texts can be written down."""

from __future__ import annotations

import torch

from explorer.model.transformer import Transformer
from tests.golden.random_models import make_config, random_transformer

KINDS = {
    "encoder-decoder": ("encoder-decoder", {}, [2, 0, 3]),
    "two vocabularies": ("encoder-decoder", {"source_vocab_size": 23}, [22, 0, 17]),
    "bottleneck": ("encoder-decoder", {"bottleneck": True}, [2, 0, 3]),
    "decoder": ("decoder", {"positions": "learned", "norm_position": "pre"}, None),
}
PREFIX = [1, 4]


def build(kind: str, vocab_size: int, seed: int = 3, sharpness: float = 1.0) -> tuple[Transformer, list[int] | None]:
    """A random model, whose logits are ``sharpness`` times what is usual, and its source."""
    architecture, options, source = KINDS[kind]
    config = make_config(architecture, vocab_size=vocab_size, tied_embeddings=False, **options)
    return sharpened(random_transformer(config, seed), sharpness), source


def sharpened(model: Transformer, sharpness: float) -> Transformer:
    with torch.no_grad():
        model.unembedding.weight *= sharpness
    return model
