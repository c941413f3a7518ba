"""One head's weights as a heat map: rows are queries, row 0 on top; columns are keys."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import LIGHT, Palette

CELL = 30  # pixels
LEFT, RIGHT, TOP, TITLE = 130, 90, 110, 20  # labels of queries, colour bar, labels of keys, title


def attention_heatmap(
    weights: np.ndarray, queries: Sequence[str], keys: Sequence[str], *, title: str = "", palette: Palette = LIGHT
) -> go.Figure:
    """Draw the weights of one head, on a scale from 0 to 1.

    Parameters
    ----------
    weights : array [query, key]
        ``run.attention(kind, layer).weights[head]``.
    queries, keys : sequence of str
        A label for each row and each column; a token that comes twice has two of them.
    title : str
        What stands above, for example "layer 3, head 2".

    Returns
    -------
    go.Figure
        x: positions of keys, y: positions of queries, z: weights.
    """
    n, m = np.shape(weights)
    if (n, m) != (len(queries), len(keys)):
        raise ValueError(f"weights of shape [{n}, {m}] need as many labels, not {len(queries)} and {len(keys)}")
    queries, keys = (
        [escape(label, quote=False) for label in labels] for labels in (queries, keys)
    )  # "<s>" is no markup
    text = np.array([[f"{query} looks at {key}" for key in keys] for query in queries])
    figure = go.Figure(
        go.Heatmap(
            z=weights,
            zmin=0,
            zmax=1,
            colorscale=[[0, palette.background], [1, palette.weight]],
            customdata=text,
            hovertemplate="%{customdata}: %{z:.6g}<extra></extra>",
            colorbar={"title": {"text": "weight"}, "thickness": 12, "outlinewidth": 0},
            xgap=1,
            ygap=1,
        )
    )
    # Positions, not labels, are the axes: equal labels would fall together.
    shared = {"showgrid": False, "zeroline": False, "tickmode": "array", "color": palette.text}
    figure.update_xaxes(
        tickvals=list(range(m)), ticktext=keys, range=[-0.5, m - 0.5], side="top", tickangle=-45, **shared
    )
    figure.update_yaxes(tickvals=list(range(n)), ticktext=queries, range=[n - 0.5, -0.5], **shared)
    figure.update_xaxes(title={"text": "key", "standoff": 8})
    figure.update_yaxes(title={"text": "query", "standoff": 12})
    top = TOP + TITLE * bool(title)
    return figure.update_layout(
        title={"text": title, "x": 0, "xref": "paper", "y": 1, "yref": "container", "pad": {"t": 12}, "yanchor": "top"},
        width=LEFT + CELL * m + RIGHT,
        height=top + CELL * n + 10,
        margin={"l": LEFT, "r": RIGHT, "t": top, "b": 10, "autoexpand": False},
        plot_bgcolor=palette.grid,
        paper_bgcolor=palette.background,
        font={"color": palette.text},
    )
