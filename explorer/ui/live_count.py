"""How many parameters a model of a given shape really has: it is built, and its own tensors are counted."""

from __future__ import annotations

from functools import lru_cache

from explorer.model.config import TransformerConfig
from explorer.ui.cache import prepare_torch


@lru_cache(maxsize=64)
def live_count(config: TransformerConfig) -> int:
    """``sum(p.numel())`` of ``Transformer(config)``, built on the meta device: shapes without memory, so giants too."""
    prepare_torch()
    import torch

    from explorer.model.transformer import Transformer

    with torch.device("meta"):
        return Transformer(config).n_parameters()
