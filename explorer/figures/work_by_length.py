"""How the work of one layer grows with the length of the text: the matrices' like n, attention's like n squared."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import Palette


def work_by_length(
    lengths: np.ndarray, matrices: np.ndarray, attention: np.ndarray, *, crossing: float, palette: Palette
) -> go.Figure:
    """Two curves on logarithmic axes, and where they cross.

    Parameters
    ----------
    lengths : array [point]
        n, tokens.
    matrices, attention : array [point]
        Multiply-adds of one layer over n tokens.
    crossing : float
        The n at which both are equal.
    """
    figure = go.Figure()
    for name, values, colour, dash in (
        ("matrices: n d²", matrices, palette.text, "solid"),
        ("attention: n² d", attention, palette.weight, "dash"),
    ):
        figure.add_scatter(
            x=lengths,
            y=values,
            name=name,
            mode="lines",
            line={"color": colour, "width": 3, "dash": dash},
            hovertemplate="n = %{x:,}<br>%{y:,} multiply-adds<extra>" + name + "</extra>",
        )
    figure.add_vline(x=crossing, line={"color": palette.muted, "dash": "dot", "width": 1})
    figure.update_xaxes(type="log", title="tokens n", gridcolor=palette.grid, dtick=1)
    figure.update_yaxes(title="multiply-adds of one layer", type="log", gridcolor=palette.grid, exponentformat="power")
    figure.update_layout(
        height=320,
        margin={"t": 10, "l": 70, "r": 10, "b": 50},
        legend={"x": 0.02, "y": 0.98, "bgcolor": "rgba(0,0,0,0)"},
        font={"color": palette.text},
    )
    return figure
