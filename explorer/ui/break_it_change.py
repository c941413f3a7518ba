"""What is changed: an intervention under one key of the session and of the URL, read part by part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from explorer.limits import INTERVENTION_CHARACTERS
from explorer.model.intervention import NOTHING, Intervention
from explorer.model.intervention_text import intervention_text, read_intervention
from explorer.ui.literal import literal
from explorer.ui.notices import notice
from explorer.ui.session import select_head
from explorer.ui.url import has_gone_back, put_into_url

PROBLEM = "_change_problem"  # session key: (key, why the last change was not taken)
SIDEBAR = "_change_of_sidebar"  # session key: a click has chosen another head

Fits = Callable[[Intervention], str]
"""Why a view cannot change that, as Markdown without its full stop, or a ValueError in plain words; "" where it can."""


@dataclass(frozen=True)
class Described:
    """What a text describes."""

    change: Intervention  # of the parts that make sense
    problem: str  # about the first part that does not, as Markdown; empty where all do
    n_left_out: int


def take_change(key: str, fits: Fits) -> Intervention:
    """What is changed; of what the address asks for and cannot be had, one sentence says so, and the rest holds."""
    state = st.session_state
    if has_gone_back(key, state.get(key)):
        del state[key]
    if key not in state:
        state[key] = st.query_params.get(key, "")
    found = describe(state[key], fits)
    if found.problem:
        many = f"{found.n_left_out} changes are left out, the first because"
        notice(f"{'One change is left out:' if found.n_left_out == 1 else many} {found.problem}.")
    return found.change


def set_change(key: str, change: Intervention) -> None:
    """From a callback: what is changed from now on. What an address has no room for is refused."""
    text = intervention_text(change)
    st.session_state.pop(PROBLEM, None)
    if len(text) > INTERVENTION_CHARACTERS:
        st.session_state[PROBLEM] = (key, "That is more than the address can hold: give something back first.")
        return
    st.session_state[key] = text


def update_change(key: str, fits: Fits, update: Callable[[Intervention], Intervention]) -> None:
    """From a callback: change what holds now, which may be newer than what was drawn."""
    set_change(key, update(describe(st.session_state.get(key, ""), fits).change))


def put_change(key: str) -> None:
    """The URL holds what is changed; nothing where nothing is."""
    put_into_url(key, "")


def start_over(key: str) -> None:
    """Draw the button that takes all back, what was left out too."""
    st.button("Start over", on_click=set_change, args=(key, NOTHING), disabled=not st.session_state[key])


def change_problem(key: str) -> str:
    """Why the last change under ``key`` was not taken; the empty text once one was."""
    which, why = st.session_state.get(PROBLEM, ("", ""))
    return why if which == key else ""


def describe(text: str, fits: Fits) -> Described:
    """Read a text part by part: what makes no sense, or does not fit, is left out."""
    if len(text) > INTERVENTION_CHARACTERS:
        return Described(NOTHING, _problem_of(text, fits), 1)
    good: list[str] = []
    problems: list[str] = []
    for part in dict.fromkeys(filter(None, text.split(";"))):
        if problem := _problem_of(";".join([*good, part]), fits):
            problems.append(problem)
        else:
            good.append(part)
    return Described(read_intervention(";".join(good)), problems[0] if problems else "", len(problems))


def _problem_of(text: str, fits: Fits) -> str:
    try:
        return fits(read_intervention(text))
    except ValueError as error:
        return literal(str(error))


def choose_head_of_sidebar(kind: str, layer: int, head: int) -> None:
    """From a callback: the sidebar is outside of the fragment, so that the page runs once more."""
    select_head(kind, layer, head)
    st.session_state[SIDEBAR] = True


def follow_sidebar() -> None:
    """At the beginning of a view: after a click that has chosen another head, run the whole page."""
    if st.session_state.pop(SIDEBAR, False):
        st.rerun()
