"""Where a model's parameters are: how many, and an area for each learned array, grouped as the modules are."""

from __future__ import annotations

import re
from typing import Any

from explorer.analysis.parameter_table import tree_path
from explorer.analysis.parameters import symbols, tensor_counts
from explorer.components.base import declare
from explorer.model.config import TransformerConfig
from explorer.model.shapes import count_parameters

_LATER_LAYER = re.compile(r"(encoder|decoder)\.blocks\.[1-9]")  # like the first: the browser repeats that one
_ALWAYS = ("s", "d", "m", "l", "f", "V", "N")
_SIDES = {"s m d": ["s m", "d"], "s l d": ["s l", "d"], "d l s": ["d", "l s"], "s m": ["s m"], "s l": ["s l"]}


def parameter_map(config: TransformerConfig, *, key: str, title: str, live: int, words: str) -> None:
    """Write the total, and draw a treemap of all learned arrays: W_Q, W_K and W_V in their colours, every number on
    hover; a click opens a group.

    It follows the sliders of ``shape_sliders`` while one is dragged; the server's own numbers come after.

    Parameters
    ----------
    title : str
        What the whole is called.
    live : int
        How many numbers the live model has; it stands beside the total.
    words : str
        What the live model is.
    """
    arrays = [
        [tree_path(tensor.name), tensor.name, tensor.shape, tensor.count, dims_of(tensor.formula)]
        for tensor in tensor_counts(config)
        if not _LATER_LAYER.match(tensor.name)
    ]
    data = {"title": title, "arrays": arrays, "total": count_parameters(config), "live": live, "words": words}
    declare("parameter_map", "model_sizes", "model_arrays")(key=key, data={**data, **sizes_for_browser(config)})


def dims_of(formula: str) -> list[str]:
    """The sides of a learned array, as products of symbols.

    >>> dims_of("s m d"), dims_of("d l s"), dims_of("V d"), dims_of("f")
    (['s m', 'd'], ['d', 'l s'], ['V', 'd'], ['f'])
    """
    return _SIDES.get(formula) or formula.split()


def sizes_for_browser(config: TransformerConfig) -> dict[str, Any]:
    """What the letters stand for, rare ones only where this model has them, and the layers of each stack."""
    used = {symbol for tensor in tensor_counts(config) for symbol in tensor.formula.split()}
    letters = {symbol: value for symbol, value in symbols(config).items() if symbol in used or symbol in _ALWAYS}
    return {
        "symbols": letters,
        "more_positions": letters["N"] - config.max_len,  # N is so much larger than the slider says
        "layers": {"encoder": config.n_encoder_layers, "decoder": config.n_decoder_layers},
    }
