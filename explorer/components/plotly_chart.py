"""A figure of Plotly's as a component: changed in place, and ahead of the page."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.components.base import declare
from explorer.server.asgi import below

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


@cache
def plotly_script() -> tuple[str, Path]:
    """Where the browser asks for Plotly's script, and where it lies: the one that Plotly's Python package brings.

    The name says which version it is, so that a browser may keep it.
    """
    path = below(st.get_option("server.baseUrlPath"), f"/static/plotly-{version('plotly')}.min.js")
    file = Path(find_spec("plotly").origin).parent / "package_data" / "plotly.min.js"
    return path, file


def plotly_chart(figure: Figure, *, key: str, alt: str) -> None:
    """Draw a figure as wide as its place.

    Parameters
    ----------
    figure : Figure
        Its layout has a height.
    alt : str
        A sentence that says what it shows, for those who cannot see it.
    """
    data = {"path": plotly_script()[0], "figure": json.loads(figure.to_json()), "alt": alt}
    declare("plotly_chart")(key=key, data=data)
