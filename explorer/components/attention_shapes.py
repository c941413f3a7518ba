"""The matrices of one attention layer, drawn to scale, and their sizes as bars: exact, and as the board has them."""

from __future__ import annotations

from explorer.analysis.parameters import AttentionCount
from explorer.components.base import declare

COUNTS = ("w_q", "w_v", "w_o", "once", "as_n", "exact", "board")


def attention_shapes(count: AttentionCount, *, key: str) -> None:
    """Draw W_Q, W_K, W_V and W_O of all heads, one square unit for each learned number.

    The picture follows the sliders of ``shape_sliders`` while one is dragged; the server's own numbers come after.
    """
    declare("attention_shapes", "attention_sizes")(key=key, data=sizes_and_counts(count))


def sizes_and_counts(count: AttentionCount) -> dict[str, dict[str, int]]:
    """What is sent to the browser: s, d, m, l, n, and the counts that it shows for them."""
    sizes = {name: getattr(count, name) for name in "sdmln"}
    return {"sizes": sizes, "counts": {name: getattr(count, name) for name in COUNTS}}
