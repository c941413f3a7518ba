"""What a control holds when a callback asks for it: one of its options, or nothing.

Streamlit's page sends an option's label. Where the list has changed since, for another text or model, the label may be
none of them any more; Streamlit then hands over the label itself, and only puts the list right when it is drawn anew.
Where the page was left in the meantime, the control's value is gone, and Streamlit calls back all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

Option = TypeVar("Option")


def picked(key: str, options: Sequence[Option]) -> Option | None:
    """What the control ``key`` holds; None for nothing, and for what is none of the options."""
    value = st.session_state.get(key)
    return value if value in options else None


def all_picked(key: str, options: Sequence[Option]) -> list[Option] | None:
    """What the multiselect ``key`` holds, without what is none of the options; None where it is gone."""
    values = st.session_state.get(key)
    return None if values is None else [value for value in values if value in options]
