"""The frame of the forward pass's page: which of its two views is shown. Only that one is computed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.ui.forward_pass_boxes import ALL_NUMBERS, BOXES, PAGE, choose_all, read_sections, show_all, show_overview
from explorer.ui.forward_pass_stream import choose_asked, show_parts_of, show_rest
from explorer.ui.forward_pass_stream_parts import GRID
from explorer.ui.provenance import STYLE as PANEL_STYLE
from explorer.ui.session import Choice
from explorer.ui.standing_by import keep_pictures
from explorer.ui.url import choose_in_url

if TYPE_CHECKING:
    from explorer.model.run import Run

__all__ = ["PAGE", "show_page"]

STYLE = Path(__file__).with_name("forward_pass.css")
TITLES = {"boxes": "Box by box", "stream": "The residual stream"}
PICTURES = {"boxes": BOXES, "all": (ALL_NUMBERS,), "stream": (GRID,)}


@st.fragment
def show_page(choice: Choice, run: Run) -> None:
    """Draw the row of views, what can be chosen in one, its pictures, and what follows them."""
    view = choose_in_url("view", TITLES, "View")
    st.html(PANEL_STYLE)
    st.html(STYLE)
    if view == "boxes":
        sections = read_sections(choice, run)
        with st.container():
            is_all = choose_all(run, sections)
        if is_all:
            _show_pictures("all", partial(show_all, sections))
        else:
            _show_pictures("boxes", partial(show_overview, choice, sections))
        return
    with st.container():
        asked = choose_asked(choice, run)
    _show_pictures("stream", partial(show_parts_of, choice, run, asked))
    show_rest(choice, run, asked)


@st.fragment
def _show_pictures(view: str, show: Callable[[DeltaGenerator], None]) -> None:
    """The pictures of all views, in one container: the others stand by. Picking in them redraws nothing else."""
    words = st.empty()  # what is drawn next keeps its place in the page's tree, so that it is not made anew
    with st.container(key="pass_pictures"):
        keep_pictures(PAGE, view, PICTURES)
        show(words)
