"""The matrices of one attention layer, drawn to scale, and their sizes as bars: exact, and as the board has them."""

from __future__ import annotations

from explorer.analysis.parameters import AttentionCount
from explorer.components.base import declare


def attention_shapes(count: AttentionCount, *, key: str) -> None:
    """Draw W_Q, W_K, W_V and W_O of all heads, one square unit for each learned number.

    The picture follows the sliders of ``shape_sliders`` while one is dragged; the server's own numbers come after.
    """
    data = {"s": count.s, "d": count.d, "m": count.m, "l": count.l, "n": count.n}
    declare("attention_shapes")(key=key, data=data)
