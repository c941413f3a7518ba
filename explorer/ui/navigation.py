"""The pages there are, by their file's name, which is also their place in the URL."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import streamlit as st

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
URL_KEYS = ("model", "source", "target", "text", "kind", "layer", "head")  # the sidebar's, bound to the URL
RESTORE = "_restore_url"


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
