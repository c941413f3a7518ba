"""A table of tokens, texts and numbers: three digits each, and all of them on hover; shares have a bar too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from explorer.components.base import declare, number_for_browser, plain

KINDS = ("text", "token", "count", "number", "share", "signed", "log")
Cell = str | float | tuple[str, int] | None  # a text, a number, a token (its label and its id), or nothing


@dataclass(frozen=True)
class Column:
    """One column.

    kind is one of KINDS: "text" for words; "token" for (label, id); "count" for whole numbers; "number"; "share" from 0
    to 1, with a bar; "signed" for differences, coloured by their sign; "log" for the natural logarithm of what is
    shown, so that a product too small for a float64 can be written.
    """

    title: str
    kind: str = "number"
    digits: int = 3  # significant ones


def number_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    key: str,
    title: str,
    marked: Sequence[int] = (),
    n_totals: int = 0,
) -> None:
    """Draw the table; where it is too wide it scrolls inside.

    Parameters
    ----------
    rows : sequence of rows
        One cell for each column; a text may stand in any of them.
    title : str
        What the table shows, for those who cannot see it.
    marked : sequence of int
        The rows, counted from 0, that are set in bold.
    n_totals : int
        So many rows at the end are totals: bold, without bars, and no measure for the colours of the others.

    Raises
    ------
    ValueError
        If a column's kind is unknown, or a row has not one cell for each column.
    """
    if unknown := [column.kind for column in columns if column.kind not in KINDS]:
        raise ValueError(f"there is no kind of column {unknown[0]!r}; there are {', '.join(KINDS)}")
    if wrong := [len(row) for row in rows if len(row) != len(columns)]:
        raise ValueError(f"a row has {wrong[0]} cells, and there are {len(columns)} columns")
    first_total = len(rows) - n_totals
    data = {
        "title": title,
        "columns": [{**plain(column), "limit": _limit(rows[:first_total], n)} for n, column in enumerate(columns)],
        "rows": [[_for_browser(cell) for cell in row] for row in rows],
        "marked": [*marked, *range(first_total, len(rows))],
        "first_total": first_total,
    }
    declare("number_table", "table_rows")(data=data, key=key)


def _limit(rows: Sequence[Sequence[Cell]], column: int) -> float:
    """The largest absolute number of a column: the end of the scale of signed ones."""
    numbers = (abs(row[column]) for row in rows if isinstance(row[column], float))
    return max(filter(isfinite, numbers), default=0.0)


def _for_browser(cell: Cell) -> object:
    return number_for_browser(cell) if isinstance(cell, float) else cell
