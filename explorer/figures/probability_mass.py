"""Where the probability of all texts is, length by length: it adds up to 1, and a BERT's products do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from explorer.analysis.total_mass import Mass
from explorer.figures.frame import framed
from explorer.figures.style import Palette

HEIGHT = 300


def probability_mass(masses: Sequence[Mass], *, palette: Palette) -> go.Figure:
    """A bar for each length, stacked from what has ended before, what ends there, and what can go on.

    Returns
    -------
    go.Figure
        x: n, the tokens that a text may have; y: probability, 0 to 1.
    """
    parts = {
        "ended before": ([mass.ended_before for mass in masses], palette.muted, ""),
        "ends with token n": ([mass.ends_here for mass in masses], palette.weight, ""),
        "not yet ended": ([mass.going_on for mass in masses], palette.background, "/"),
    }
    figure = go.Figure()
    for name, (values, colour, shape) in parts.items():
        figure.add_bar(
            x=[mass.length for mass in masses],
            y=values,
            name=name,
            marker={
                "color": colour,
                "line": {"color": palette.muted, "width": 1},
                "pattern": {"shape": shape, "fgcolor": palette.muted, "size": 6, "solidity": 0.15},
            },
            hovertemplate=f"n = %{{x}}, {name}: %{{y:.12g}}<extra></extra>",
        )
    framed(figure, palette, height=HEIGHT, x_title="n, tokens", y_title="probability")
    figure.update_layout(barmode="stack", bargap=0.35)
    figure.update_xaxes(dtick=1, showgrid=False)
    return figure.update_yaxes(range=[0, 1.02])


def sum_of_products(sums: Mapping[int, float], *, palette: Palette) -> go.Figure:
    """A marker for each n: the sum over all texts of n tokens, from 0, with a line at 1.

    Parameters
    ----------
    sums : mapping
        n, and the sum.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=list(sums),
        y=list(sums.values()),
        mode="lines+markers",
        name="sum of the products",
        line={"color": palette.weight, "width": 2.5},
        marker={"color": palette.weight, "size": 10},
        hovertemplate="n = %{x}: the products add up to %{y:.12g}<extra></extra>",
    )
    figure.add_hline(y=1, line={"color": palette.text, "dash": "dash", "width": 1.5})
    figure.add_annotation(x=0, xref="paper", y=1, yshift=10, text="1", showarrow=False, font={"color": palette.text})
    framed(figure, palette, height=HEIGHT, x_title="n, tokens", y_title="sum over all texts of n tokens")
    figure.update_layout(showlegend=False)
    figure.update_xaxes(dtick=1)
    return figure.update_yaxes(rangemode="tozero")
