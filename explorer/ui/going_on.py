"""Work that takes longer than a visitor should wait for: done bit by bit, one run of its fragment for each."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.errors import StreamlitAPIException


def run_again() -> NoReturn:
    """Run this fragment again, for the next bit; a click that came meanwhile, on Stop for instance, is heard first."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:  # the whole page was run, since something in the sidebar has changed
        st.rerun()
