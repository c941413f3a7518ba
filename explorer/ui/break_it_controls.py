"""The switches: the formula, the block, the input; heads on a grid and in a list; layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.components.head_grid import head_grid
from explorer.model.config import TransformerConfig
from explorer.model.intervention import SWITCHES, Intervention, Place, check
from explorer.model.kinds import KIND_TITLES
from explorer.ui.break_it_change import choose_head_of_sidebar, update_change
from explorer.ui.break_it_parts import all_layers, all_places, layer_words, off, place_words, with_heads, with_layers
from explorer.ui.cache import all_weights
from explorer.ui.lessons import lesson
from explorer.ui.picked import all_picked, picked
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run

PAGE = "break_it_switches"
CHANGE = "change"  # in the session and the URL
GROUPS = {
    "The formula": ("no_scale", "no_mask", "exchanged_qk"),
    "The block": ("no_residual", "no_norm", "other_norm_position"),
    "The input": ("no_positions",),
}
LABELS = {
    "no_scale": r"no $1/\sqrt{m}$",
    "no_mask": "no causal mask",
    "exchanged_qk": "$W_Q$ and $W_K$ exchanged",
    "no_residual": "no residual",
    "no_norm": "no layer norm",
    "no_positions": "no positions",
}
STANDS_IN = {"zero": "0", "mean": "mean of what it may see", "uniform": "uniform attention"}
ACTION = "_stands_in"  # session key


def meaningless(config: TransformerConfig) -> dict[str, str]:
    """The switches that change nothing in such a model, each with the section of the lesson that says why."""
    found = {
        "no_scale": "never scaled" if not config.scale_scores else "m is 1" if config.d_k == 1 else "",
        "no_mask": "" if config.has_decoder else "never masked",
        "no_positions": "never positions" if config.positions == "none" else "",
    }
    return {name: found[name] for name in SWITCHES if found.get(name)}


def switches_fit(config: TransformerConfig, change: Intervention) -> str:
    """Why such a model cannot be changed so here: see ``Fits``."""
    if change.rows or change.numbers:
        return lesson(PAGE, "by hand")
    check(change, config)
    reasons = meaningless(config)
    return next((lesson(PAGE, reasons[name]) for name in reasons if getattr(change, name)), "")


def draw_switches(config: TransformerConfig, change: Intervention) -> None:
    """The three groups, and the button that takes all back; what has no meaning is disabled, with the reason."""
    reasons = meaningless(config)
    for place, (title, names) in zip(st.columns(len(GROUPS), gap="small"), GROUPS.items(), strict=True):
        with place.container(gap="xxsmall"):
            st.markdown(f"**{title}**")
            for name in names:
                key = f"_switch_{name}"
                st.session_state[key] = getattr(change, name)
                st.toggle(
                    switch_label(name, config),
                    key=key,
                    disabled=name in reasons,
                    on_change=_set_switch,
                    args=(config, name),
                )
                if name in reasons:
                    st.caption(f"Not here: {lesson(PAGE, reasons[name])}.")


def switch_label(name: str, config: TransformerConfig) -> str:
    """What a switch is called: where the norm goes depends on where it is."""
    if name == "other_norm_position":
        return "pre-norm, not post-norm" if config.norm_position == "post" else "post-norm, not pre-norm"
    if name == "no_norm" and config.norm == "rms":
        return "no RMS norm"
    return LABELS[name]


def draw_heads(choice: Choice, run: Run, change: Intervention) -> None:
    """The grid of the sidebar's kind, where a click switches a head; and the list of all heads, for the keyboard."""
    config = run.entry.config
    places, silent = all_places(config), off(change)
    st.markdown("**Heads** switched off")
    if change.heads:
        st.session_state[ACTION] = change.heads[0].action
    st.session_state.setdefault(ACTION, "zero")
    st.session_state[ACTION] = st.session_state[ACTION]  # a widget that was away would begin anew
    st.selectbox(
        "What stands in",
        list(STANDS_IN),
        key=ACTION,
        format_func=STANDS_IN.get,
        on_change=_set_action,
        args=(config,),
    )
    head_grid(
        all_weights(run, choice.kind),
        run.attention(choice.kind, 0).mask[0],
        title=f"{KIND_TITLES[choice.kind]}, click to switch a head off or on",
        selected=(choice.layer, choice.head),
        crossed=[(each.layer, each.head) for each in places if each in silent and each.kind == choice.kind],
        key="switch_heads",
        on_select=partial(_toggle_head, config, choice.kind),
    )
    key = "_heads_off"
    st.session_state[key] = [_flat(place) for place in places if place in silent]
    st.multiselect(
        "Heads, in words",
        [_flat(place) for place in places],
        key=key,
        format_func=lambda flat: place_words(Place(*flat), config),
        placeholder="none is off",
        on_change=_set_heads,
        args=(config,),
    )


def draw_layers(config: TransformerConfig, change: Intervention) -> None:
    """Two lists: the layers that are left out, and those that run twice."""
    for action, label in (("off", "Layers left out"), ("twice", "Layers run twice")):
        key = f"_layers_{action}"
        st.session_state[key] = [(each.stack, each.layer) for each in change.layers if each.action == action]
        st.multiselect(
            label,
            all_layers(config),
            key=key,
            format_func=lambda layer: layer_words(*layer, config),
            placeholder="none",
            on_change=_set_layers,
            args=(config, action),
        )


def update_switches(config: TransformerConfig, update: Callable[[Intervention], Intervention]) -> None:
    """From a callback: change what is switched now."""
    update_change(CHANGE, partial(switches_fit, config), update)


def _set_switch(config: TransformerConfig, name: str) -> None:
    on = picked(f"_switch_{name}", (True, False))
    if on is not None:
        update_switches(config, lambda change: replace(change, **{name: on}))


def _set_action(config: TransformerConfig) -> None:
    action = picked(ACTION, list(STANDS_IN))
    if action is not None:
        update_switches(config, lambda change: with_heads(replace(change, heads=()), off(change), action))


def _set_heads(config: TransformerConfig) -> None:
    flat = all_picked("_heads_off", [_flat(place) for place in all_places(config)])
    if flat is not None:
        wanted, action = [Place(*each) for each in flat], st.session_state.get(ACTION, "zero")
        update_switches(config, lambda change: with_heads(change, wanted, action))


def _set_layers(config: TransformerConfig, action: str) -> None:
    layers = all_picked(f"_layers_{action}", all_layers(config))
    if layers is not None:
        update_switches(config, lambda change: with_layers(change, layers, action))


def _toggle_head(config: TransformerConfig, kind: str, layer: int, head: int) -> None:
    """A click on the grid: the head is switched, and becomes the sidebar's, so that it is seen below."""
    clicked = {Place(kind, layer, head)}
    action = st.session_state.get(ACTION, "zero")
    update_switches(config, lambda change: with_heads(change, off(change) ^ clicked, action))
    choose_head_of_sidebar(kind, layer, head)


def _flat(place: Place) -> tuple[str, int, int]:
    """As plain values: what a widget holds must survive a reload of the code."""
    return place.kind, place.layer, place.head
