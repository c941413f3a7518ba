"""Signed numbers by layer and part: heads side by side as coloured cells, everything else as bars about 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.components.base import declare, from_browser, number_for_browser, plain, sent_by

FORMS = ("colour", "bar")


@dataclass(frozen=True)
class Column:
    """A column; neighbours of the same group stand under one heading."""

    group: str
    title: str
    wide: bool = False  # for bars


@dataclass(frozen=True)
class Cell:
    """One number."""

    row: int
    column: int
    value: float
    words: str  # on hover, before the number: "layer 3 head 2"
    label: str = ""  # stands in the cell where the columns do not tell what it is
    span: int = 1  # columns
    form: str = "colour"  # or "bar"


def contribution_grid(
    rows: Sequence[str],
    columns: Sequence[Column],
    cells: Sequence[Cell],
    *,
    key: str,
    title: str,
    picked: int | None = None,
    on_pick: Callable[[int], None],
) -> None:
    """Draw the cells, each of them a button; the scale is the same for all, symmetric about 0.

    Parameters
    ----------
    rows : sequence of str
        What the rows are called, from the top.
    title : str
        What is shown, for those who cannot see it.
    picked : int
        The cell that is framed, counted from 0.
    on_pick : called with the cell, counted from 0, before the next run

    Raises
    ------
    ValueError
        If a cell stands outside of the grid, or its form is unknown.
    """
    if any(not (0 <= c.row < len(rows) and 0 <= c.column <= len(columns) - c.span) for c in cells):
        raise ValueError(f"a cell stands outside of the {len(rows)} rows and {len(columns)} columns")
    if wrong := [cell.form for cell in cells if cell.form not in FORMS]:
        raise ValueError(f"form must be one of {', '.join(FORMS)}, not {wrong[0]!r}")

    def chosen() -> None:
        if place := from_browser(sent_by(key, "pick"), cell=len(cells)):
            on_pick(*place)

    data = {
        "title": title,
        "rows": list(rows),
        "columns": [plain(column) for column in columns],
        "cells": [{**plain(cell), "value": number_for_browser(cell.value)} for cell in cells],
        "limit": max((abs(cell.value) for cell in cells), default=0.0),
        "picked": picked,
    }
    declare("contribution_grid", "plot", "signed_cells")(key=key, data=data, on_pick_change=chosen)
