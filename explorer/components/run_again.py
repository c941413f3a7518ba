"""Nothing to see: runs the whole page again when its server or its theme has become another.

The server that a browser finds after it has lost one may know nothing of the page: it has forgotten it after a while,
has been started anew, or is another copy. Streamlit then leaves the page as it is, and each control inside a fragment
does nothing when it is moved, since the new session has no such fragment yet. One run of the whole page, with all that
stands in the URL and on the controls, makes the session anew.

The colours inside formulas and charts are the server's: Streamlit tells it of another theme with the next run only.

Its script is its own and not that of ``base.declare``: it is sent with every run.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

SCRIPT = Path(__file__).with_suffix(".js")
KEY = "run_again"


def run_again() -> None:
    """Draw it, once a page and outside all fragments; frame.css takes its place away."""
    _component()(key=KEY, on_why_change=lambda: None)


@cache
def _component() -> Any:
    return st.components.v2.component(f"explorer_{KEY}", html="<i></i>", js=SCRIPT.read_text(encoding="utf-8"))
