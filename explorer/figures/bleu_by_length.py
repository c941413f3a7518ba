"""The quality of translations against the length of their sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from explorer.figures.frame import framed
from explorer.figures.style import Palette, significant
from explorer.model.measured import Bucket

HEIGHT = 330
LOOKS = (("solid", "circle"), ("dash", "diamond"), ("dot", "square"))  # told apart without colours too


def bleu_by_length(systems: Mapping[str, Sequence[Bucket]], *, split: str, palette: Palette) -> go.Figure:
    """A line for each system, a marker for each bucket of sentences.

    Parameters
    ----------
    systems : mapping
        What each system is called, and its buckets, short sources first.
    split : str
        Which sentences were translated: it stands at the axis.
    palette : Palette

    Returns
    -------
    go.Figure
        x: words in the source (a marker stands in the middle of its bucket, the bar through it spans the bucket);
        y: BLEU, from 0.
    """
    figure = go.Figure()
    colours = (palette.weight, palette.text, palette.muted)
    for n, (name, buckets) in enumerate(systems.items()):
        dash, symbol = LOOKS[n % len(LOOKS)]
        colour = colours[n % len(colours)]
        reach = [(bucket.words_to - bucket.words_from) / 2 for bucket in buckets]
        figure.add_scatter(
            x=[(bucket.words_from + bucket.words_to) / 2 for bucket in buckets],
            y=[bucket.bleu for bucket in buckets],
            error_x={"array": reach, "color": colour, "thickness": 1, "width": 0},
            name=name,
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2.5},
            marker={"color": colour, "symbol": symbol, "size": 10},
            customdata=[
                [f"{bucket.words_from} to {bucket.words_to}", f"{bucket.sentences:,}", significant(bucket.bleu)]
                for bucket in buckets
            ],
            hovertemplate=f"{name}<br>%{{customdata[0]}} words, %{{customdata[1]}} sentences<br>"
            "BLEU %{customdata[2]} (%{y})<extra></extra>",
        )
    framed(figure, palette, height=HEIGHT, x_title="words in the source", y_title=f"cased BLEU on {split}")
    return figure.update_yaxes(rangemode="tozero")
