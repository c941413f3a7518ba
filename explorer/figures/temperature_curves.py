"""What the temperature does to one distribution: the probabilities of its first tokens, from sharp to flat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.predictions import largest
from explorer.figures.style import Palette

HEIGHT = 260
LOWEST, HIGHEST, POINTS = 0.1, 3.0, 60
DASHES = ("solid", "dash", "dot", "dashdot")


def temperature_curves(log_p: np.ndarray, labels: Sequence[str], *, temperature: float, palette: Palette) -> go.Figure:
    """softmax(z / T) as T grows, for the most probable tokens, and where T stands.

    Parameters
    ----------
    log_p : array [vocab_size]
        The distribution at T = 1, in logs: z up to a constant, which the softmax does not see.
    labels : sequence of str
        The names of its most probable tokens, the most probable first; at most four.

    Returns
    -------
    go.Figure
        x: T, logarithmic; y: probability, 0 to 1.
    """
    order = largest(log_p, len(labels))
    grid = np.geomspace(LOWEST, HIGHEST, POINTS)
    z = log_p - log_p.max()
    totals = np.array([np.exp(z / t).sum() for t in grid])  # one temperature after the other: z may be long
    p = np.exp(z[order] / grid[:, None]) / totals[:, None]
    curves = [
        {
            "type": "scatter",
            "x": grid,
            "y": p[:, column],
            "mode": "lines",
            "name": label.replace("&", "&amp;").replace("<", "&lt;"),
            "line": {"color": palette.weight, "dash": dash, "width": 2},
            "hovertemplate": "T = %{x:.3g}: p = %{y:.6g}",
        }
        for column, (label, dash) in enumerate(zip(labels, DASHES, strict=False))
    ]
    here = {"type": "line", "x0": temperature, "x1": temperature, "xref": "x", "y0": 0, "y1": 1, "yref": "y domain"}
    axis = {"gridcolor": palette.grid, "zeroline": False, "color": palette.muted}
    ticks = {"tickvals": [0.1, 0.2, 0.5, 1, 2, 3], "range": np.log10([LOWEST, HIGHEST]).tolist()}
    # All at once: one by one, Plotly takes three times as long.
    return go.Figure(
        curves,
        {
            "height": HEIGHT,
            "margin": {"l": 50, "r": 10, "t": 10, "b": 45},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            "xaxis": {"title": {"text": "temperature T"}, "type": "log", **ticks, **axis},
            "yaxis": {"title": {"text": "p"}, "range": [0, 1.02], **axis},
            "shapes": [{**here, "line": {"color": palette.muted, "width": 1}}],
        },
    )
