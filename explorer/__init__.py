"""Transformer Explorer. From a notebook:

>>> import explorer
>>> model = explorer.load("gpt-captions")
>>> run = model.trace("Two dogs are running through the")
>>> run.trace.decoder.blocks[5].attention.weights.shape  # [head, query, key]
(8, 7, 7)

``load`` and what else stands here comes from ``explorer.api``, which is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.api import LoadedModel, bertviz_arguments, load, transformer_lens_cache

__all__ = ["LoadedModel", "bertviz_arguments", "load", "transformer_lens_cache"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'explorer' has no attribute {name!r}")
    from explorer import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
