"""The whole model: an area for each learned array, and a table of all formulas, checked against the live model."""

from __future__ import annotations

import streamlit as st

from explorer.components.parameter_map import parameter_map
from explorer.components.parameter_table import parameter_table
from explorer.model.shapes import count_parameters
from explorer.ui.lessons import lesson
from explorer.ui.live_count import live_count
from explorer.ui.shape import Shape, base_title

PAGE = "parameters"


def show_whole(shape: Shape) -> None:
    """The total beside that of the live model, and where the parameters are."""
    total, live = count_parameters(shape.config), live_count(shape.config)
    title = base_title(shape.preset) + (", changed" if shape.changed else "")
    parameter_map(shape.config, key="parameter_map", title=title, live=live, words=lesson(PAGE, "live"))
    if total != live:
        st.error(f"The formulas and the live model differ by {abs(total - live):,}: one of the two is wrong.")
    st.caption(lesson(PAGE, "whole"))


def show_table(shape: Shape) -> None:
    """Every learned array with its formula."""
    parameter_table(shape.config, key="parameter_table")
