"""The whole model: an area for each learned array, and a table of all formulas, checked against the live model."""

from __future__ import annotations

from itertools import groupby

import streamlit as st

from explorer.analysis.parameter_table import Row, parameter_rows
from explorer.analysis.parameters import symbols, tensor_counts
from explorer.components.number_table import Column, number_table
from explorer.components.parameter_map import parameter_map
from explorer.model.shapes import count_parameters
from explorer.ui.lessons import lesson
from explorer.ui.live_count import live_count
from explorer.ui.parameters_attention import n
from explorer.ui.shape import Shape, base_title

PAGE = "parameters"
COLUMNS = [
    Column("array", "text"),
    Column("formula", "text"),
    Column("shape", "text"),
    Column("numbers", "count"),
    Column("in all layers", "count"),
]


def show_whole(shape: Shape) -> None:
    config = shape.config
    total, live = count_parameters(config), live_count(config)
    st.subheader(f"{total:,} parameters", anchor=False)
    agrees = "✓" if total == live else "✗"
    st.markdown(f"{agrees} `sum(p.numel())` of the live model: **{live:,}**. :small[{lesson(PAGE, 'live')}]")
    if total != live:
        st.error(f"The formulas and the live model differ by {abs(total - live):,}: one of the two is wrong.")
    title = base_title(shape.preset) + (", changed" if shape.changed else "")
    parameter_map(tensor_counts(config), key="parameter_map", title=title)
    st.caption(lesson(PAGE, "whole"))


def show_table(shape: Shape) -> None:
    """Every learned array with its formula; the layers of a stack are alike, and share their rows."""
    config = shape.config
    rows, marked = _table(parameter_rows(config))
    values = ", ".join(f"${symbol} = {n(value)}$" for symbol, value in symbols(config).items() if symbol != "V_x")
    if config.source_vocab_size:
        values += f", $V_x = {n(config.source_vocab_size)}$"
    st.markdown(values)
    number_table(
        COLUMNS,
        [*rows, ("all", "", "", None, count_parameters(config))],
        key="parameter_table",
        title="Every learned array with its formula, shape and size",
        marked=marked,
        n_totals=1,
    )


def _table(rows: tuple[Row, ...]) -> tuple[list[tuple], list[int]]:
    """The rows of the table, and which of them are the headings of a group."""
    found, marked = [], []
    for group, members in groupby(rows, key=lambda row: row.group):
        members = list(members)
        marked.append(len(found))
        found.append((group, "", "", None, sum(row.total for row in members)))
        for row in members:
            shape = " × ".join(f"{size:,}" for size in row.shape)
            found.append((row.name, row.formula.replace(" ", "·"), shape, row.count, row.total))
    return found, marked
