"""The colours in which the server draws what the browser cannot colour itself."""

from __future__ import annotations

import streamlit as st

from explorer.figures.style import DARK, LIGHT, Palette


def current_palette() -> Palette:
    """The colours of the theme that the visitor sees."""
    return DARK if st.context.theme.type == "dark" else LIGHT
