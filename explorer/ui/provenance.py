"""The panel that answers "where do you come from?": formula, numbers put in, NumPy, and how far the model is."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.analysis.board import Block, Board
from explorer.analysis.provenance import Provenance, tex
from explorer.components.number_board import Pick
from explorer.components.numpy_check import numpy_check
from explorer.ui.picked import picked

PICK = "_pick"
STYLE = Path(__file__).with_name("provenance.css")


def current_pick(board: Board, context: tuple) -> Pick:
    """The number that is asked about: what was picked on this board (``context`` names it), else the board's focus."""
    where, pick = st.session_state.get(PICK, (None, None))
    if where != context or pick[0] >= len(board.blocks):
        return board.focus
    rows, columns = board.blocks[pick[0]].shape
    return pick if pick[1] < rows and pick[2] < columns else board.focus


def set_pick(context: tuple, pick: Pick) -> None:
    st.session_state[PICK] = (context, pick)


def choose_number(board: Board, context: tuple, pick: Pick) -> None:
    """Select boxes that reach every number of the board, for those who do not use a mouse."""
    n, row, column = pick
    options = range(len(board.blocks))
    block = board.blocks[n]
    rows, columns = block.shape
    st.session_state.update(_block=n, _row=row + 1, _column=column + 1)

    def take() -> None:
        chosen = picked("_block", options)
        if chosen is not None:
            places = zip(("_row", "_column"), board.blocks[chosen].shape, strict=True)
            set_pick(context, (chosen, *(min(st.session_state.get(key, 1), size) - 1 for key, size in places)))

    sizes = [("_row", "row", rows), ("_column", "column" if rows > 1 else "number", columns)]
    sizes = [size for size in sizes if size[2] > 1]
    places = st.columns([3] + [2] * len(sizes)) if sizes else [st.container()]
    places[0].selectbox("Which", options, key="_block", format_func=lambda b: _name(board.blocks[b]), on_change=take)
    for place, (key, label, size) in zip(places[1:], sizes, strict=True):
        place.number_input(f"{label} ≤ {size}", 1, size, key=key, on_change=take)


def show_provenance(found: Provenance, whose: str = "The model", *, key: str = "numpy_check") -> None:
    """Draw the panel; ``whose`` says who else has computed the number, and ``key`` tells two panels of a page apart."""
    equation = [f"{found.symbol} = {found.formula}", f"{{}} = {found.substituted}"]
    if found.substituted != found.result_tex:
        equation.append(f"{{}} = {found.result_tex}")
    parts = [
        f"**{found.title[:1].upper()}{found.title[1:]}**",
        *(rf"$\displaystyle {line}$" for line in equation),
        *([f":small[{found.note}]"] if found.note else []),
    ]
    st.markdown("\n\n".join(parts))
    numpy_check(found, key=key, whose=whose)
    if not found.agrees:
        other = whose[0].lower() + whose[1:]
        st.error(f"These lines and {other} differ by ${tex(found.difference)}$: one of the two is wrong.")


def _name(block: Block) -> str:
    return f"{block.words}" if block.words else block.label
