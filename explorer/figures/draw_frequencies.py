"""How often each outcome was drawn, against how probable it was: in many draws the two approach each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.draws import binomial_band
from explorer.figures.frame import framed
from explorer.figures.style import Palette

HEIGHT = 380
GRID = 200  # points along the band


@dataclass(frozen=True)
class Outcome:
    """Something that could be drawn: a first token, or a whole text."""

    label: str  # as the screen writes it
    count: int
    p: float  # the probability that it was drawn with


def draw_frequencies(outcomes: Sequence[Outcome], n: int, *, log: bool, x_title: str, palette: Palette) -> go.Figure:
    """A dot for each outcome, the diagonal on which frequency and probability are equal, and the band around it.

    Parameters
    ----------
    outcomes : sequence of Outcome
    n : int
        How many draws there were.
    log : bool
        Both axes logarithmic: outcomes that never came have no place there, and are left out.
    x_title : str
        What p is, such as "p(first token)".

    Returns
    -------
    go.Figure
        x: probability, y: frequency count / n, both of one range.
    """
    shown = [each for each in outcomes if each.count or not log]
    low, high = _range(shown, n, log)
    grid = np.geomspace(low, high, GRID) if log else np.linspace(low, high, GRID)
    below, above = binomial_band(np.clip(grid, 0, 1), n)
    floor = low if log else 0.0  # a logarithm has no 0
    figure = go.Figure()
    figure.add_scatter(
        x=np.concatenate([grid, grid[::-1]]),
        y=np.concatenate([np.maximum(above, floor), np.maximum(below, floor)[::-1]]),
        fill="toself",
        fillcolor=palette.grid,
        line={"width": 0},
        opacity=0.6,
        hoverinfo="skip",
        name="95 % of the frequencies",
    )
    figure.add_scatter(
        x=[low, high],
        y=[low, high],
        mode="lines",
        line={"color": palette.muted, "width": 1, "dash": "dot"},
        hoverinfo="skip",
        name="frequency = probability",
    )
    figure.add_scatter(
        x=[each.p for each in shown],
        y=[each.count / n for each in shown],
        mode="markers",
        marker={"color": palette.weight, "size": 9, "line": {"color": palette.background, "width": 1}},
        customdata=[[_plain(each.label), each.count] for each in shown],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]} of "
        + f"{n}"
        + " draws: %{y:.6g}<br>p = %{x:.9g}<extra></extra>",
        name="outcomes",
    )
    kind = "log" if log else "linear"
    ends = [np.log10(low), np.log10(high)] if log else [low, high]
    axis = {"type": kind, "range": ends} | ({"dtick": 1, "exponentformat": "power"} if log else {})
    framed(figure, palette, height=HEIGHT, x_title=x_title, y_title=f"frequency in {n} draws")
    return figure.update_xaxes(axis).update_yaxes(axis)


def inside_band(outcomes: Sequence[Outcome], n: int) -> int:
    """How many of the outcomes have a frequency in the band."""
    low, high = binomial_band(np.array([each.p for each in outcomes]), n)
    frequencies = np.array([each.count for each in outcomes]) / n
    return int(((low <= frequencies) & (frequencies <= high)).sum())


def _range(shown: Sequence[Outcome], n: int, log: bool) -> tuple[float, float]:
    """One range for both axes, with some air around the outcomes."""
    values = [value for each in shown for value in (each.p, each.count / n)]
    largest = max(values, default=1.0)
    if not log:
        return -0.03 * largest, 1.08 * largest
    smallest = min((value for value in values if value > 0), default=1 / n)
    return 0.7 * min(smallest, 1 / n), max(1.4 * largest, 1.0)


def _plain(text: str) -> str:
    """Plotly reads a few HTML tags: what a model wrote has none."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
