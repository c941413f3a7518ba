"""What is changed under "Switches": one text in the session and in the URL, read part by part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

from explorer.model.config import TransformerConfig
from explorer.model.intervention import NOTHING, SWITCHES, Intervention, check
from explorer.model.intervention_text import LONGEST, intervention_text, read_intervention
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal
from explorer.ui.session import select_head
from explorer.ui.url import has_gone_back, put_into_url

PAGE = "break_it_switches"
CHANGE = "change"  # session key, also in the URL
PROBLEM = "_change_problem"  # session key: why the last click was not taken
SIDEBAR = "_change_of_sidebar"  # session key: a click has chosen another head


@dataclass(frozen=True)
class Described:
    """What a text describes for one model."""

    change: Intervention  # of the parts that make sense
    problem: str  # about the first part that does not, as Markdown; empty where all do
    n_left_out: int


def take_change(config: TransformerConfig) -> Intervention:
    """What is changed; of what the address asks for and cannot be had, one sentence says so, and the rest holds."""
    state = st.session_state
    if has_gone_back(CHANGE, state.get(CHANGE)):
        del state[CHANGE]
    if CHANGE not in state:
        state[CHANGE] = st.query_params.get(CHANGE, "")
    found = describe(state[CHANGE], config)
    if found.problem:
        what = "One change is" if found.n_left_out == 1 else f"{found.n_left_out} changes are"
        st.caption(f"{what} left out: {found.problem}.")
    if PROBLEM in state:
        st.caption(state[PROBLEM])
    return found.change


def set_change(change: Intervention) -> None:
    """From a callback: what is changed from now on. What an address has no room for is refused."""
    text = intervention_text(change)
    st.session_state.pop(PROBLEM, None)
    if len(text) > LONGEST:
        st.session_state[PROBLEM] = "That is more than the address can hold: switch something back on first."
        return
    st.session_state[CHANGE] = text


def update_change(config: TransformerConfig, update: Callable[[Intervention], Intervention]) -> None:
    """From a callback: change what holds now, which may be newer than what was drawn."""
    set_change(update(describe(st.session_state.get(CHANGE, ""), config).change))


def put_change() -> None:
    """The URL holds what is changed; nothing where nothing is."""
    put_into_url(CHANGE, "")


@lru_cache(maxsize=256)
def describe(text: str, config: TransformerConfig) -> Described:
    """Read a text part by part: what makes no sense, or has no meaning for the model, is left out."""
    if len(text) > LONGEST:
        return Described(NOTHING, _problem_of(text, config), 1)
    good: list[str] = []
    problems: list[str] = []
    for part in filter(None, text.split(";")):
        if problem := _problem_of(";".join([*good, part]), config):
            problems.append(problem)
        else:
            good.append(part)
    return Described(read_intervention(";".join(good)), problems[0] if problems else "", len(problems))


def _problem_of(text: str, config: TransformerConfig) -> str:
    try:
        change = read_intervention(text)
        check(change, config)
    except ValueError as error:
        return literal(str(error))
    reasons = meaningless(config)
    return next((lesson(PAGE, reasons[name]) for name in reasons if getattr(change, name)), "")


def meaningless(config: TransformerConfig) -> dict[str, str]:
    """The switches that change nothing in such a model, each with the section of the lesson that says why."""
    found = {
        "no_scale": "never scaled" if not config.scale_scores else "m is 1" if config.d_k == 1 else "",
        "no_mask": "" if config.has_decoder else "never masked",
        "no_positions": "never positions" if config.positions == "none" else "",
    }
    return {name: found[name] for name in SWITCHES if found.get(name)}


def choose_head_of_sidebar(kind: str, layer: int, head: int) -> None:
    """From a component's callback: the sidebar is outside of the fragment, so that the page runs once more."""
    select_head(kind, layer, head)
    st.session_state[SIDEBAR] = True


def follow_sidebar() -> None:
    """At the beginning of a view: after a click that has chosen another head, run the whole page."""
    if st.session_state.pop(SIDEBAR, False):
        st.rerun()
