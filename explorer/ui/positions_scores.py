"""Rotary and ALiBi on the running model's own q and k: what each does to the scores of one query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis import position_codes as codes
from explorer.analysis.provenance import tex
from explorer.components.line_chart import Curve, line_chart
from explorer.components.token_strip import Strip, token_strip
from explorer.reference import attention_weights
from explorer.ui.lessons import lesson
from explorer.ui.positions import PAGE
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.run import Run

NAMES = ("as the model scores", "with rotary", "with ALiBi")


@st.fragment
def show_scores(choice: Choice, run: Run) -> None:
    st.markdown(lesson(PAGE, "scores"))
    kind = "decoder" if choice.kind == "cross" else choice.kind
    if choice.kind == "cross":
        st.caption(
            "Distances make sense within one text: this is the decoder's self-attention, not the cross-attention."
        )
    attention, tokens = run.attention(kind, choice.layer), run.queries(kind)
    q, k, mask = attention.q[choice.head], attention.k[choice.head], attention.mask[0]
    if q.shape[1] % 2:
        st.info(f"Rotary turns pairs of dimensions, and this model's d_k = {q.shape[1]} is odd: choose another model.")
        return
    i = _choose_query(tokens.labels)
    slope = codes.alibi_slopes(run.entry.config.n_heads)[choice.head]
    scores = (
        attention.scores[choice.head, i].astype(np.float64),
        codes.rotary_scores(q[i], k, i, attention.scale),
        attention.scores[choice.head, i] + codes.alibi_bias(len(tokens), slope)[i],
    )
    st.markdown(_formulas(choice, i, attention.scale, slope))
    line_chart(
        [
            Curve(name, row, style)
            for name, row, style in zip(NAMES, scores, ("solid", "dashed", "dotted"), strict=True)
        ],
        key="scores",
        title=f"Scores of query {i + 1} on every key",
        x_name="key",
        first=1,
        labels=tokens.labels,
    )
    st.markdown("**Their weights**, after the mask and the softmax:")
    strips = [
        Strip(
            name, tokens.labels[i], tokens.ids[i], tokens.labels, tokens.ids, attention_weights(row, mask[i]), mask[i]
        )
        for name, row in zip(NAMES, scores, strict=True)
    ]
    token_strip(strips, key="score_strips")
    if run.entry.config.positions == "relative":
        st.markdown(lesson(PAGE, "scores relative"))
    st.markdown(lesson(PAGE, "scores untrained"))


def _choose_query(labels: tuple[str, ...]) -> int:
    """Draw the select box of the query, counted from 1 in the URL as on the other pages."""
    numbers, default = range(1, len(labels) + 1), max(1, len(labels) - 1)
    take_from_url("query", numbers, default)
    st.selectbox("Query i", numbers, key="query", format_func=lambda n: f"i = {n}   {labels[n - 1]}", width=220)
    put_into_url("query", default)
    return st.session_state["query"] - 1


def _formulas(choice: Choice, i: int, scale: float, slope: float) -> str:
    where = f"Layer {choice.layer + 1}, head {choice.head + 1}"
    rotary = rf"(R_{{i}}q_i)^\top (R_{{j}}k_j)\cdot{tex(scale)}"
    return (
        rf"{where}: rotary scores $\displaystyle {rotary}$; ALiBi adds $-{tex(slope)}\cdot|{i + 1} - j|$, "
        "the slope of this head among its layer's."
    )
