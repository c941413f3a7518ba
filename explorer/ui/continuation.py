"""What goes on after a GPT's prompt: typed, or written by the model; where it ends; all of it in the URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.limits import CONTINUATION_TOKENS, MAX_CHARACTERS
from explorer.ui.scored import end_of, room_for
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.run import Run

TEXT, KEPT = "continuation", "_continuation"  # the widget's key, and where its text waits while it is not drawn
N_NEW, ENDS = "new", "ends"
USUAL_NEW = 12


def choose_continuation(choice: Choice, run: Run) -> tuple[str, int, bool] | None:
    """Draw the text field, how many tokens are written where it is empty, and whether the text ends there.

    Returns (continuation, number of tokens, ends); None after a sentence where the text is far too long.
    """
    if TEXT not in st.session_state and TEXT not in st.query_params:
        st.session_state[TEXT] = st.session_state.get(KEPT, "")
    place, how_many, end = st.columns([5, 2, 3], gap="medium", vertical_alignment="bottom")
    text = place.text_area(
        "Continuation",
        key=TEXT,
        bind="query-params",
        height=68,
        placeholder="Empty: the model writes it itself (greedily)",
    )
    st.session_state[KEPT] = text
    n_new, ends = 0, False
    if not text.strip():
        with how_many:
            n_new = _choose_n_new(room_for(run))
    if end_of(choice) is not None:
        with end:
            ends = _choose_end()
    if len(text) > MAX_CHARACTERS:
        st.warning(
            f"The continuation has {len(text):,} characters, and the explorer reads at most {MAX_CHARACTERS:,}: "
            "please shorten it.",
            icon=":material/edit:",
        )
        return None
    return text, n_new, ends


def _choose_n_new(room: int) -> int:
    most = min(CONTINUATION_TOKENS, room)
    usual = min(USUAL_NEW, most)
    take_from_url(N_NEW, range(1, most + 1), usual)
    st.number_input(f"Tokens to write (≤ {most})", 1, most, key=N_NEW)
    put_into_url(N_NEW, usual)
    return st.session_state[N_NEW]


def _choose_end() -> bool:
    return st.toggle(
        "The text ends here",
        key=ENDS,
        bind="query-params",
        help="The end, [EOS], is then the last factor. One that the model wrote itself is a factor anyway.",
    )
