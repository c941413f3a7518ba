"""Tokens in rows and columns, each on the shade of its probability; each can be clicked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.components.base import declare, from_browser, plain, sent_by


@dataclass(frozen=True)
class TokenCell:
    """One cell."""

    label: str  # the token as the screen writes it, or any words
    probability: float  # 0 to 1; how dark the cell is, never rescaled
    token_id: int | None = None  # on hover; None where the label is no token
    marked: bool = False  # whether it is set in bold


def token_grid(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[TokenCell]],
    *,
    key: str,
    title: str,
    corner: str = "",
    numbers: bool = False,
    tokens: bool = False,
    picked: int | None = None,
    on_pick: Callable[[int, int], None],
) -> None:
    """Draw the table; where it is too wide it scrolls inside, and the rows' names stay.

    Parameters
    ----------
    rows, columns : sequence of str
        Their names.
    cells : [row][column]
    title : str
        What is shown, for those who cannot see it.
    corner : str
        What stands over the rows' names.
    numbers : bool
        Whether each probability stands under its token; it is on hover anyway.
    tokens : bool
        Whether the columns' names are tokens, and are drawn as such.
    picked : int
        The column that is framed, counted from 0.
    on_pick : called with (row, column), counted from 0, before the next run

    Raises
    ------
    ValueError
        If there is not one cell for each row and column.
    """
    if len(cells) != len(rows) or any(len(row) != len(columns) for row in cells):
        raise ValueError(f"there must be one cell for each of {len(rows)} rows and {len(columns)} columns")

    def chosen() -> None:
        if place := from_browser(sent_by(key, "pick"), row=len(rows), column=len(columns)):
            on_pick(*place)

    data = {
        "title": title,
        "corner": corner,
        "rows": list(rows),
        "columns": list(columns),
        "cells": [[plain(cell) for cell in row] for row in cells],
        "numbers": numbers,
        "tokens": tokens,
        "picked": picked,
    }
    declare("token_grid", "signed_cells")(key=key, data=data, on_pick_change=chosen)
