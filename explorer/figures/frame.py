"""What all charts with two axes have around them: the same room, lines, words and legend."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.figures.style import Palette

MARGIN = {"t": 10, "l": 60, "r": 10, "b": 50}  # pixels; the legend stands above
FONT_SIZE = 13  # pixels
CLEAR = "rgba(0,0,0,0)"


def framed(figure: go.Figure, palette: Palette, *, height: int, x_title: str, y_title: str) -> go.Figure:
    """Put the titles of the axes and the colours of a theme on a figure of this ``height``, in pixels."""
    axis = {"gridcolor": palette.grid, "linecolor": palette.muted, "color": palette.text, "zeroline": False}
    figure.update_xaxes(title={"text": x_title}, **axis)
    figure.update_yaxes(title={"text": y_title}, **axis)
    return figure.update_layout(
        template="none",
        height=height,
        margin=MARGIN,
        font={"size": FONT_SIZE, "color": palette.text},
        hoverlabel={"bgcolor": palette.background, "bordercolor": palette.muted, "font": {"color": palette.text}},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0.0, "traceorder": "normal", "itemwidth": 30},
        dragmode=False,  # a finger that moves over it scrolls the page
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
    )
