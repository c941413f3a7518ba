"""The whole model: an area for each learned array, and a table of all formulas, checked against the live model."""

from __future__ import annotations

from itertools import groupby

import streamlit as st

from explorer.analysis.parameter_table import Row, parameter_rows
from explorer.analysis.parameters import symbols, tensor_counts
from explorer.figures.parameter_treemap import parameter_treemap
from explorer.model.shapes import count_parameters
from explorer.ui.charts import current_palette, show
from explorer.ui.lessons import lesson
from explorer.ui.live_count import live_count
from explorer.ui.parameters_attention import n
from explorer.ui.shape import Shape, base_title

PAGE = "parameters"


def show_whole(shape: Shape) -> None:
    config = shape.config
    total, live = count_parameters(config), live_count(config)
    st.subheader(f"{total:,} parameters", anchor=False)
    agrees = "✓" if total == live else "✗"
    st.markdown(f"{agrees} `sum(p.numel())` of the live model: **{live:,}**. :small[{lesson(PAGE, 'live')}]")
    if total != live:
        st.error(f"The formulas and the live model differ by {abs(total - live):,}: one of the two is wrong.")
    title = base_title(shape.preset) + (", changed" if shape.changed else "")
    figure = parameter_treemap(tensor_counts(config), palette=current_palette(), title=title)
    show(figure, key="treemap", alt=f"{title}: {total:,} parameters, by module")
    st.caption(lesson(PAGE, "whole"))


def show_table(shape: Shape) -> None:
    """Every learned array with its formula, in a frame that scrolls sideways where it is wider than the window."""
    config = shape.config
    with st.container(key="parameter_table"):
        st.markdown(_table(parameter_rows(config), symbols(config), count_parameters(config)))


def _table(rows: tuple[Row, ...], values: dict[str, int], total: int) -> str:
    used = ", ".join(f"${symbol} = {n(value)}$" for symbol, value in values.items() if _is_used(symbol, rows))
    lines = [used, "", "| array | formula | shape | numbers | in all |", "|---|---|---|---:|---:|"]
    for group, members in groupby(rows, key=lambda row: row.group):
        members = list(members)
        lines.append(f"| **{group}** | | | | **{sum(row.total for row in members):,}** |")
        for row in members:
            shape = " × ".join(f"{size:,}" for size in row.shape)
            lines.append(f"| `{row.name}` | ${row.formula}$ | {shape} | {row.count:,} | {row.total:,} |")
    return "\n".join([*lines, f"| **all** | | | | **{total:,}** |"])


def _is_used(symbol: str, rows: tuple[Row, ...]) -> bool:
    return any(symbol in row.formula.split() for row in rows)
