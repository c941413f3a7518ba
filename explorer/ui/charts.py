"""How Plotly figures are shown, the same everywhere: the theme, no toolbar, and words for those who cannot see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.figures.style import DARK, LIGHT, Palette

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CONFIG = {"displayModeBar": False, "displaylogo": False, "showTips": False}


def current_palette() -> Palette:
    """The colours of the theme that the visitor sees."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def show(figure: Figure, *, key: str, alt: str) -> None:
    """Draw a figure as wide as its place; ``alt`` says in a sentence what it shows."""
    st.plotly_chart(figure, key=key, alt=alt, config=CONFIG)
