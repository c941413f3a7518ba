"""How many parameters a model of a given shape really has: it is built, and its own tensors are counted."""

from __future__ import annotations

from functools import lru_cache

from explorer.model.config import TransformerConfig
from explorer.ui.cache import prepare_torch

FIRST_VALUES = ("kaiming_uniform_", "uniform_", "normal_", "zero_", "zeros_", "fill_", "ones_")


@lru_cache(maxsize=64)
def live_count(config: TransformerConfig) -> int:
    """``sum(p.numel())`` of ``Transformer(config)``, built on the meta device: shapes without memory, so giants too."""
    prepare_torch()
    import torch
    from torch.overrides import TorchFunctionMode

    from explorer.model.transformer import Transformer

    class WithoutValues(TorchFunctionMode):
        """Leaves out giving the parameters their first values, which they have no memory for: that takes time."""

        def __torch_function__(self, func, types, args=(), kwargs=None):
            if func.__name__ in FIRST_VALUES:
                return args[0] if args else kwargs["tensor"]
            return func(*args, **(kwargs or {}))

    with torch.device("meta"), WithoutValues():
        return Transformer(config).n_parameters()
