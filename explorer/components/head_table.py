"""The statistics of all heads as a table that sorts in the browser and chooses a head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.components.base import declare, from_browser, pack, plain, sent_by


@dataclass(frozen=True)
class Column:
    """One statistic: its heading, its unit, one sentence on what it says, and the largest value it can take."""

    title: str
    unit: str
    sentence: str
    limit: float


def head_table(
    values: np.ndarray,
    *,
    columns: list[Column],
    selected: tuple[int, int],
    key: str,
    on_select: Callable[[int, int], None],
) -> None:
    """Draw one row per head; a click on a row, or Enter, chooses the head; a click on a heading sorts.

    Parameters
    ----------
    values : float array [layer, head, column]
        NaN where a head has no such value; shown as a dash and sorted to the end.
    selected : (layer, head)
        The head whose row is marked, counted from 0.
    on_select : called with (layer, head), counted from 0, before the next run of the script
    """
    n_layers, n_heads = values.shape[:2]

    def chosen() -> None:
        if pair := from_browser(sent_by(key, "select"), layer=n_layers, head=n_heads):
            on_select(*pair)

    meta = {"columns": [plain(column) for column in columns], "selected": selected}
    data = pack(meta, values=values.astype(np.float32))
    declare("head_table")(key=key, data=data, on_select_change=chosen)
