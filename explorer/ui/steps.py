"""The page's own controls: query and key, the form, and the nine steps, all in the URL."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from explorer.analysis.attention_formula import formula
from explorer.analysis.attention_layer import AttentionLayer
from explorer.analysis.attention_steps import FORMS, Step, steps_of
from explorer.figures.style import DARK, LIGHT
from explorer.ui.lessons import lesson
from explorer.ui.url import choose_in_url, put_into_url, take_from_url

QUIET = {"light": "#73737D", "dark": "#86868F"}  # terms of the formula that are not this step's: pale, but readable
FORM_TITLES = {"vectors": "one query", "matrices": "all queries"}


def choose_step(layer: AttentionLayer) -> Step:
    """Draw the row of the nine steps."""
    steps = steps_of(layer)
    numbers = range(1, len(steps) + 1)
    take_from_url("step", numbers, 1)
    st.segmented_control(
        "Step",
        numbers,
        key="step",
        required=True,
        width="stretch",
        label_visibility="collapsed",
        format_func=lambda n: f"{n}  {steps[n - 1].short}",
    )
    put_into_url("step", 1)
    return steps[st.session_state["step"] - 1]


def draw_step_buttons(layer: AttentionLayer) -> None:
    """Draw Back, Next and Start over; the left and right arrow keys press the first two."""
    at, last = st.session_state["step"], len(steps_of(layer))
    st.button("Back", key="back", on_click=_go, args=(at - 1,), disabled=at == 1, shortcut="Left")
    st.button("Next", key="next", on_click=_go, args=(at + 1,), disabled=at == last, shortcut="Right", type="primary")
    st.button("Start over", key="start", on_click=_go, args=(1,), disabled=at == 1)


def choose_positions(layer: AttentionLayer, gaps: Sequence[int]) -> tuple[int, int]:
    """Draw the select boxes of query i and key j; both are returned counted from 0, as ``gaps`` among the queries."""
    i = _choose_position("query", "i", layer.queries, _first_query(layer, gaps))
    j = _choose_position("key", "j", layer.keys, min(2, len(layer.keys)))
    return i, j


def choose_form() -> str:
    """Draw the choice between one query (vectors) and all of them (matrices)."""
    return choose_in_url(
        "form",
        {form: FORM_TITLES[form] for form in FORMS},
        "Show",
        help="One query in vectors, or all queries in matrices",
    )


def show_options(layer: AttentionLayer, step: Step) -> tuple[bool, bool]:
    """Draw the switch that belongs to the step, if any: (show the weight matrices, show the row without the scale, or
    with one where the model has none)."""
    weights = compare = False
    if step.name in ("projections", "heads"):
        label = "Show $W_Q, W_K, W_V$" if step.name == "projections" else "Show $W_O$"
        weights = st.toggle(label, key="weights", bind="query-params")
    if step.name == "scale" and not layer.scaled:
        compare = st.toggle(r"Divided by $\sqrt{m}$ too", key="divided", bind="query-params")
    elif step.name == "scale":
        compare = not st.toggle(r"Divide by $\sqrt{m}$", value=True, key="scale", bind="query-params")
    return weights, compare


def show_formula(layer: AttentionLayer, step: Step, form: str) -> None:
    """The whole formula, the terms of this step lit."""
    lines = formula(layer, step.name, form, formula_colours())
    st.markdown("\n\n".join(f"$$\n{line}\n$$" for line in lines))


def formula_colours() -> dict[str, str]:
    """The colours of the visitor's theme by name; "muted" is so quiet that what is lit stands out."""
    dark = st.context.theme.type == "dark"
    return {**vars(DARK if dark else LIGHT), "muted": QUIET["dark" if dark else "light"]}


def step_words(layer: AttentionLayer, step: Step, form: str) -> str:
    """The lesson of this step, with what is special to this kind of attention and this model."""
    norm = "post" if layer.post_norm else "pre"
    rms = (layer.after.norm or layer.x.norm).kind == "rms"
    own = f"{norm} rms" if rms else norm
    scale = "scale" if layer.scaled else "scale none"
    extra = {
        "input": [
            f"input {norm if norm == 'post' else own}",
            *([f"input {'bottleneck' if layer.c.mean else 'cross'}"] if layer.cross else []),
            *(["input embedded"] if layer.layer == 0 and not layer.cross else []),
        ],
        "scale": [scale, *(["scale relative"] if layer.relative is not None else [])],
        "mask": ["mask", "mask causal" if layer.causal else "mask open"],
        "residual": [f"residual {own if norm == 'post' else norm}"],
    }
    sections = ["input", *extra["input"]] if step.name == "input" else extra.get(step.name, [step.name])
    if form == "matrices" and step.name in ("product", "softmax"):
        sections.append("matrices")
    return " ".join(lesson("attention_steps", section) for section in sections)


def _first_query(layer: AttentionLayer, gaps: Sequence[int]) -> int:
    """Where to start: a gap that BERT fills, else the middle, where a mask hides some keys and leaves others."""
    if gaps:
        return gaps[0] + 1
    return (len(layer.queries) + 1) // 2


def _choose_position(key: str, letter: str, tokens: tuple[str, ...], default: int) -> int:
    numbers = range(1, len(tokens) + 1)
    take_from_url(key, numbers, default)
    st.selectbox(
        f"{key.capitalize()} {letter}",
        numbers,
        key=key,
        format_func=lambda n: f"{letter} = {n}   {tokens[n - 1]}",
        label_visibility="collapsed",
        width=165,
    )
    put_into_url(key, default)
    return st.session_state[key] - 1


def _go(step: int) -> None:
    st.session_state["step"] = step
