"""Which addresses begin with a chart of Plotly's, whose script a browser had better fetch at once."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.ui.cache import catalogue
from explorer.ui.factorisation_distribution import TINY


def begins_with_chart(path: str, query: Mapping[str, str]) -> bool:
    """Whether the page at this address draws one before it is scrolled."""
    page, view = path.rstrip("/").rpartition("/")[2], query.get("view")
    if (page, view) == ("factorisation", "distribution"):
        model = catalogue()[0].get(query.get("model", ""))
        return model is not None and model.config.vocab_size <= TINY
    return (page, view) == ("decoding", "draws")
