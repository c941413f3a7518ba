"""Matrices full of numbers, each of which can be picked: large ones that scroll, or many small ones on one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.analysis.forward_pass import Sheet
from explorer.components.base import declare, from_browser, pack, sent_by

Pick = tuple[int, int, int]  # (sheet, row, column), counted from 0


@dataclass(frozen=True)
class Headed:
    """A sheet under its heading, and what begins with it."""

    sheet: Sheet
    heading: str = ""
    section: str = ""  # written before the heading of the first sheet of a section


def number_sheets(
    sheets: Sequence[Headed],
    *,
    key: str,
    title: str,
    picked: Pick | None = None,
    small: bool = False,
    on_pick: Callable[[Pick], None] | None = None,
) -> None:
    """Draw the sheets with all their numbers; a click, or the arrow keys and Enter, pick one.

    Parameters
    ----------
    title : str
        What they are, for those who cannot see it.
    picked : (sheet, row, column)
        The number that is framed.
    small : bool
        Many small tables in lines, sized so that all of them fit the window if they can, rather than large ones
        one below the other, each scrolling in its own frame.
    on_pick : called with the new (sheet, row, column) before the next run
    """

    def chosen() -> None:
        if on_pick and (pick := read_pick(sheets, sent_by(key, "pick"))):
            on_pick(pick)

    meta = {"title": title, "picked": picked, "small": small, "sheets": [_meta(each) for each in sheets]}
    arrays = {f"s{n}": np.asarray(each.sheet.values, dtype=np.float32) for n, each in enumerate(sheets)}
    masks = {n: each.sheet.mask for n, each in enumerate(sheets) if each.sheet.mask is not None}
    arrays |= {f"m{n}": mask.astype(np.uint8) for n, mask in masks.items()}
    declare("number_sheets", "numbers", "number_sheets_lines", "number_sheets_paint")(
        key=key, data=pack(meta, **arrays), on_pick_change=chosen
    )


def read_pick(sheets: Sequence[Headed], value: object) -> Pick | None:
    """What the browser sent as a place on these sheets; None if there is no such place."""
    first = from_browser(value, sheet=len(sheets))
    if first is None:
        return None
    rows, columns = sheets[first[0]].sheet.values.shape
    return from_browser(value, sheet=len(sheets), row=rows, column=columns)


def _meta(each: Headed) -> dict:
    sheet = each.sheet
    return {
        "heading": each.heading,
        "section": each.section,
        "label": sheet.label,
        "words": sheet.words,
        "number": sheet.number,
        "role": sheet.role,
        "rows": sheet.rows,
        "columns": sheet.columns,
        "groups": sheet.groups,
        "cells": sheet.cells,
        "limit": float(np.abs(sheet.values).max(initial=0.0)),
    }
