"""Which box of the forward pass is open, and which of its numbers is asked about: both are in the URL."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from explorer.analysis.forward_pass import Box
from explorer.components.number_sheets import Pick
from explorer.ui.picked import picked
from explorer.ui.url import put_into_url, take_from_url

CLOSED = "none"


def opened_box(names: Sequence[str]) -> str:
    """The name of the open box, CLOSED where there is none."""
    if st.session_state.get("box") not in (CLOSED, None, *names):
        st.session_state["box"] = CLOSED  # of another model
    take_from_url("box", [CLOSED, *names], CLOSED)
    put_into_url("box", CLOSED)
    return st.session_state["box"]


def picked_place(box: Box) -> Pick:
    """(sheet, row, column) of the number that is asked about, counted from 0."""
    candidates = {st.session_state.get("at"), st.query_params.get("at")}
    default = _text(box, _usual(box))
    take_from_url("at", [default, *(text for text in candidates if _place(box, text) is not None)], default)
    put_into_url("at", default)
    return _place(box, st.session_state["at"])


def set_place(name: str, place: Pick) -> None:
    """Ask about a number of the box ``name``, from a component's callback."""
    st.session_state["box"] = name
    st.session_state["at"] = ".".join(str(n + 1) for n in place[1:]) + (f".{place[0] + 1}" if place[0] else "")


def choose_place(box: Box, place: Pick) -> None:
    """Boxes that reach every number, for those who do not use a mouse."""
    n, row, column = place
    options = range(len(box.sheets))
    rows, columns = box.sheets[n].values.shape
    st.session_state.update(_sheet=n, _row=row + 1, _column=column + 1)

    def take() -> None:
        chosen = picked("_sheet", options)
        if chosen is not None:
            places = zip(("_row", "_column"), box.sheets[chosen].values.shape, strict=True)
            set_place(box.name, (chosen, *(min(st.session_state.get(key, 1), size) - 1 for key, size in places)))

    sizes = [("_row", "row", rows), ("_column", "column", columns)]
    sizes = [size for size in sizes if size[2] > 1]
    places = st.columns([3] + [2] * len(sizes))
    places[0].selectbox("Which", options, key="_sheet", format_func=lambda k: box.sheets[k].words, on_change=take)
    for where, (key, label, size) in zip(places[1:], sizes, strict=True):
        where.number_input(f"{label} ≤ {size}", 1, size, key=key, on_change=take)


def _usual(box: Box) -> Pick:
    """Where one looks first: the last position, and of probabilities the largest."""
    values = box.sheet.values
    row = len(values) - 1
    return 0, row, int(values[row].argmax()) if box.sheet.role == "weight" and box.sheet.groups == 1 else 0


def _text(box: Box, place: Pick) -> str:
    sheet, row, column = place
    return f"{row + 1}.{column + 1}" + (f".{sheet + 1}" if sheet else "")


def _place(box: Box, text: object) -> Pick | None:
    """The place that the URL's text names: "row.column", or "row.column.sheet", counted from 1."""
    match = re.fullmatch(r"(\d{1,5})\.(\d{1,5})(?:\.(\d))?", text) if isinstance(text, str) else None
    if match is None:
        return None
    row, column, sheet = (int(n or 1) - 1 for n in match.groups())
    if not 0 <= sheet < len(box.sheets):
        return None
    rows, columns = box.sheets[sheet].values.shape
    return (sheet, row, column) if 0 <= row < rows and 0 <= column < columns else None
