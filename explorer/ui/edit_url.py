"""What is edited by hand, as a text in the session and in the URL: one key for each view that edits."""

from __future__ import annotations

import streamlit as st

from explorer.model.intervention import NOTHING, Intervention
from explorer.model.intervention_text import LONGEST, intervention_text, read_intervention
from explorer.ui.literal import literal
from explorer.ui.url import has_gone_back, put_into_url

PROBLEM = "_edit_problem"  # session key: (key, why the last change was not taken)


def take_edits(key: str) -> Intervention:
    """What the session, and at first the URL, describes under ``key``; one sentence where that is no change."""
    state = st.session_state
    if has_gone_back(key, state.get(key)):
        del state[key]
    if key not in state:
        state[key] = st.query_params.get(key, "")
    try:
        return read_intervention(state[key])
    except ValueError as error:
        st.caption(f"The address describes no edit ({literal(str(error))}): nothing is changed.")
        state[key] = ""
        return NOTHING


def set_edits(key: str, intervention: Intervention) -> None:
    """From a callback: what is edited from now on. What an address has no room for is refused."""
    text = intervention_text(intervention)
    st.session_state.pop(PROBLEM, None)
    if len(text) > LONGEST:
        st.session_state[PROBLEM] = (key, "That is more than the address can hold: give something back first.")
        return
    st.session_state[key] = text


def edits_now(key: str) -> Intervention:
    """From a callback: what is edited by now, which may be newer than what was drawn."""
    return read_intervention(st.session_state.get(key, ""))


def put_edits(key: str) -> None:
    """The URL holds what is edited; nothing where nothing is."""
    put_into_url(key, "")


def edit_problem(key: str) -> str:
    """Why the last change under ``key`` was not taken; the empty text once one was."""
    which, why = st.session_state.get(PROBLEM, ("", ""))
    return why if which == key else ""


def say_left_out(what: str, problems: list[str]) -> None:
    """One sentence for all edits that this model or this text has no place for."""
    if problems:
        more = f", and so are {len(problems) - 1} others" if len(problems) > 1 else ""
        st.caption(f"One {what} is left out ({literal(problems[0])}){more}.")
