"""From the board's number of parameters of an attention layer to the exact one, line by line."""

from __future__ import annotations

from explorer.analysis.parameters import AttentionCount
from explorer.components.attention_shapes import sizes_and_counts
from explorer.components.base import declare


def count_ledger(count: AttentionCount, *, key: str) -> None:
    """Write each count with its formula and its numbers, that the lines add up, and the exact count as Python.

    Like the picture above it, it follows the sliders of ``shape_sliders`` while one is dragged.
    """
    declare("count_ledger", "maths", "attention_sizes")(key=key, data=sizes_and_counts(count))
