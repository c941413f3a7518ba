"""The views of a page that a visitor has seen: their first pictures stay, unseen, and are back at once when chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from explorer.components.ahead import stand_by


def keep_pictures(page: str, view: str, pictures: Mapping[str, str | Sequence[str]]) -> None:
    """Let the first picture of every view that this visitor has seen stand by, but that of ``view``.

    Call it where the pictures are drawn, in the same container and the same fragment, which is one: elsewhere Streamlit
    would put them on the page anew. And before they are: what is taken away first is not seen beside what comes. A view
    that nobody has chosen yet costs nothing.

    Parameters
    ----------
    pictures : mapping
        By the views: the key of the first picture of each, or the keys where several stand side by side.
    """
    seen = st.session_state.setdefault(f"_seen_views_{page}", set())
    for other, keys in pictures.items():
        if other != view and other in seen:
            for key in [keys] if isinstance(keys, str) else keys:
                stand_by(key)
    seen.add(view)
