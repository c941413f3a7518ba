"""The pages there are, by their file's name, which is also their place in the URL."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import streamlit as st

from explorer.hub.settings import may_add

FOLDER = Path(__file__).resolve().parents[1] / "pages"
PAGES = {
    "home": "Home",
    "attention_heads": "Heads",
    "attention_steps": "Step by step",
    "forward_pass": "Forward pass",
    "factorisation": "Factorisation",
    "decoding": "Decoding",
    "parameters": "Parameters",
    "positions": "Positions",
    "compare": "Compare",
    "break_it": "Break it",
}
MODELS = "models"  # not in the row of pages, whose order is the lecture's: the sidebar leads to it
URL_KEYS = ("model", "source", "target", "text", "kind", "layer", "head")  # the sidebar's, bound to the URL
RESTORE = "_restore_url"


def all_pages() -> list:
    """Every page for ``st.navigation``; the one for adding models only where that may be done."""
    pages = [
        st.Page(page_path(name), title=title, url_path=name, default=name == "home") for name, title in PAGES.items()
    ]
    if may_add():
        pages.append(st.Page(page_path(MODELS), title="Models", url_path=MODELS, visibility="hidden"))
    return pages


def link_to_models() -> None:
    """The way to the page that adds models, in one line; nothing where that may not be done."""
    if may_add():
        st.page_link(page_path(MODELS), label="Add a model…")


def page_path(name: str) -> Path:
    """The script of a page."""
    return FOLDER / f"{name}.py"


def go_to(page: str) -> NoReturn:
    """Open another page and keep the choice. Streamlit empties the URL on the way: ``restore_url`` fills it again."""
    st.session_state[RESTORE] = True
    st.switch_page(page_path(page), query_params={})


def restore_url() -> None:
    """After ``go_to``, before any widget is drawn: a value set in code is written to the URL, so set each to itself."""
    if st.session_state.pop(RESTORE, False):
        for key in URL_KEYS:
            if key in st.session_state:
                st.session_state[key] = st.session_state[key]
