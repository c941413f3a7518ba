"""A small matrix as a table of all its numbers, one of which is picked and changed with a slider or by typing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

import numpy as np

from explorer.components.base import declare, from_browser, pack, sent_by


@dataclass(frozen=True)
class NumberGrid:
    """One parameter of a model, as it is and as it was; a vector has one row."""

    name: str  # the parameter's name: an answer that speaks of another one is not heard
    symbol: str  # what it is called over the slider: "W_Q"
    values: np.ndarray  # [row, column], now
    own: np.ndarray  # [row, column], before
    row_labels: tuple[str, ...] = ()  # without them, rows are numbers from 0
    column_labels: tuple[str, ...] = ()
    row_name: str = "row"
    column_name: str = "column"


def number_grid(
    grid: NumberGrid,
    *,
    key: str,
    title: str,
    picked: tuple[int, int],
    reach: float,
    largest: float,
    on_pick: Callable[[int, int], None],
    on_value: Callable[[int, int, float | None], None],
) -> None:
    """Draw the table and, for the picked number, a slider and a box. A slider that moves is drawn at once in its cell.

    Parameters
    ----------
    title : str
        What is shown, for those who cannot see it.
    picked : (row, column)
        The number that the slider moves, counted from 0.
    reach : float
        The slider goes from -reach to reach.
    largest : float
        The largest absolute value that can be typed.
    on_pick : called with (row, column) before the next run
    on_value : called with (row, column, value); None gives the number back
    """

    def chosen() -> None:
        if place := from_browser(sent_by(key, "pick"), **sizes):
            on_pick(*place)

    def changed() -> None:
        if found := read_value(grid, sent_by(key, "value"), largest):
            on_value(*found)

    rows, columns = grid.values.shape
    sizes = {"row": rows, "column": columns}
    meta = {
        "title": title,
        "name": grid.name,
        "symbol": grid.symbol,
        "rows": grid.row_labels,
        "columns": grid.column_labels,
        "row_name": grid.row_name,
        "column_name": grid.column_name,
        "picked": picked,
        "reach": reach,
        "largest": largest,
    }
    arrays = {name: np.asarray(getattr(grid, name), dtype=np.float32) for name in ("values", "own")}
    declare("number_grid")(key=key, data=pack(meta, **arrays), on_pick_change=chosen, on_value_change=changed)


def read_value(grid: NumberGrid, sent: object, largest: float) -> tuple[int, int, float | None] | None:
    """What the browser sent as (row, column, value) of this parameter; None for anything else."""
    rows, columns = grid.values.shape
    place = from_browser(sent, row=rows, column=columns)
    if place is None or sent.get("name") != grid.name or "value" not in sent:
        return None
    value = sent["value"]
    if value is None:
        return (*place, None)
    good = type(value) in (int, float) and isfinite(value) and abs(value) <= largest
    return (*place, float(value)) if good else None
