"""The views of a page that a visitor has seen: their first pictures stay, unseen, and are back at once when chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st


def keep_pictures(page: str, view: str, pictures: Mapping[str, Callable[[], None]]) -> None:
    """Let the first picture of every view that this visitor has seen stand by, but that of ``view``.

    Call it where the pictures are drawn, in the same container and the same fragment, which is one: elsewhere Streamlit
    would put them on the page anew. And before they are: what is taken away first is not seen beside what comes. A view
    that nobody has chosen yet costs nothing.

    Parameters
    ----------
    pictures : mapping
        By the views: what lets the first picture of each stand by.
    """
    seen = st.session_state.setdefault(f"_seen_views_{page}", set())
    for other, stand_by in pictures.items():
        if other != view and other in seen:
            stand_by()
    seen.add(view)
