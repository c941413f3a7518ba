"""The view with the switches: what each part of the model is there for, told by what happens without it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.figures.style import significant
from explorer.model.config import TransformerConfig
from explorer.model.intervention import NOTHING, SWITCHES, Intervention
from explorer.ui.break_it_attention import show_all_heads, show_attention
from explorer.ui.break_it_change import CHANGE, PAGE, follow_sidebar, put_change, set_change, take_change
from explorer.ui.break_it_controls import (
    STANDS_IN,
    draw_heads,
    draw_layers,
    draw_switches,
    layer_words,
    place_words,
    switch_label,
)
from explorer.ui.break_it_output import both_factors, show_factors, show_written, totals_of
from explorer.ui.changed_runs import changed_run
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run


@st.fragment
def show_switches(choice: Choice, run: Run) -> None:
    """The switches, and what they do. A fragment: a switch redraws nothing else."""
    follow_sidebar()
    config = run.entry.config
    st.markdown(lesson(PAGE, "switches"))
    change, after = _take(choice, run)
    draw_switches(config, change)
    put_change()
    effects, controls = st.columns([2, 1], gap="medium")
    with controls:
        st.button("Start over", on_click=set_change, args=(NOTHING,), disabled=not st.session_state[CHANGE])
        draw_heads(choice, run, change)
        draw_layers(config, change)
    with effects:
        _say_what_broke(choice, run, change)
        show_written(choice, run, after, change)
        show_factors(choice, run, change)
    show_attention(choice, run, after, change)
    show_all_heads(choice, run, after, change)


def _take(choice: Choice, run: Run) -> tuple[Intervention, Run]:
    """What is changed, and the pass with it; only an edit by hand can name a token that this text has not."""
    change = take_change(run.entry.config)
    try:
        return change, changed_run(choice, run, change)
    except ValueError as error:
        st.caption(f"What was edited by hand does not fit this text ({literal(str(error))}), and is left out.")
        rest = replace(change, rows=(), numbers=())
        return rest, changed_run(choice, run, rest)


def _say_what_broke(choice: Choice, run: Run, change: Intervention) -> None:
    """One line for each change, and one computed."""
    if change == NOTHING:
        st.markdown(lesson(PAGE, "nothing"))
        return
    lines = [f"- **{name}.** {words}" for name, words in _lines(change, run.entry.config)]
    st.markdown("\n".join(lines))
    before, now = both_factors(choice, run, change)
    if before is None or now is None:
        return
    drop = before.total_log_p - now.total_log_p
    what = f"The text's {totals_of(run.entry.config.architecture, change)[1]}"
    if drop == 0:
        st.markdown(f"{what} does not change: the difference is **exactly 0**.")
    else:
        st.markdown(f"{what} {'rises' if drop < 0 else 'falls'} by **{significant(abs(drop))}** nats.")


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
    if n := len(change.rows) + len(change.numbers):
        found.append((f"{n} by hand", lesson(PAGE, "by hand")))
    return found


def _about(name: str, config: TransformerConfig) -> str:
    """The line of a switch."""
    if name == "other_norm_position":
        return lesson(PAGE, f"{name} {config.norm_position}")
    return lesson(PAGE, name)


def _listed(what: str, names: list[str]) -> str:
    shown = "; ".join(names[:4])
    return f"{what} ({shown}{f' and {len(names) - 4} more' if len(names) > 4 else ''})"
