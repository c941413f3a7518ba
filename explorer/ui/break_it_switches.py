"""The view with the switches: what each part of the model is there for, told by what happens without it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.model.config import TransformerConfig
from explorer.model.intervention import SWITCHES, Intervention
from explorer.ui.break_it_change import change_problem, follow_sidebar, put_change, start_over, take_change
from explorer.ui.break_it_controls import (
    CHANGE,
    PAGE,
    STANDS_IN,
    draw_heads,
    draw_layers,
    draw_switches,
    switch_label,
    switches_fit,
)
from explorer.ui.break_it_effects import show_effects
from explorer.ui.break_it_output import show_outcome
from explorer.ui.break_it_parts import layer_words, place_words
from explorer.ui.changed_runs import changed_run
from explorer.ui.lessons import lesson
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run


def show_switches(choice: Choice, run: Run) -> None:
    """The switches, and what they do."""
    follow_sidebar()
    config = run.entry.config
    st.markdown(lesson(PAGE, "switches"))
    change = take_change(CHANGE, partial(switches_fit, config))
    after = changed_run(choice, run, change)
    draw_switches(config, change)
    put_change(CHANGE)
    effects, controls = st.columns([2, 1], gap="medium")
    with controls:
        start_over(CHANGE)
        if problem := change_problem(CHANGE):
            st.caption(problem)
        draw_heads(choice, run, change)
        draw_layers(config, change)
    with effects:
        if lines := _lines(change, config):
            st.markdown("\n".join(f"- **{name}.** {words}" for name, words in lines))
        show_outcome(choice, run, after, change)
    show_effects(choice, run, after, change)


def _lines(change: Intervention, config: TransformerConfig) -> list[tuple[str, str]]:
    """(what is changed, what that does), for each change or kind of change."""
    found = [(switch_label(name, config), _about(name, config)) for name in SWITCHES if getattr(change, name)]
    for action, title in STANDS_IN.items():
        if places := [place_words(each.place, config) for each in change.heads if each.action == action]:
            found.append((f"{_listed('head off', places)}: {title}", lesson(PAGE, action)))
    for action in ("off", "twice"):
        layers = [layer_words(each.stack, each.layer, config) for each in change.layers if each.action == action]
        if layers:
            found.append((_listed("left out" if action == "off" else "twice", layers), lesson(PAGE, action)))
    return found


def _about(name: str, config: TransformerConfig) -> str:
    """The line of a switch."""
    if name == "other_norm_position":
        return lesson(PAGE, f"{name} {config.norm_position}")
    if name == "no_positions" and config.positions == "relative":
        return lesson(PAGE, "no_positions relative")
    return lesson(PAGE, name)


def _listed(what: str, names: list[str]) -> str:
    shown = "; ".join(names[:4])
    return f"{what} ({shown}{f' and {len(names) - 4} more' if len(names) > 4 else ''})"
