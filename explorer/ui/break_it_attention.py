"""Attention before and after a change: the sidebar's head, the difference in every head, and both in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.attention_change import by_layer, largest_change, mean_entropy
from explorer.components.head_grid import head_grid
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.figures.style import significant
from explorer.model.intervention import Intervention, layer_order
from explorer.model.kinds import KIND_TITLES, n_layers
from explorer.ui.break_it_change import PAGE, choose_head_of_sidebar
from explorer.ui.cache import all_weights
from explorer.ui.lessons import lesson
from explorer.ui.literal import token_name
from explorer.ui.session import Choice
from explorer.ui.url import choose_in_url

if TYPE_CHECKING:
    from explorer.model.run import Run

GRIDS = {"difference": "difference", "after": "after", "before": "before"}
TIMES = {"first": "first time", "second": "second time"}


def show_attention(choice: Choice, run: Run, after: Run, change: Intervention) -> None:
    """The sidebar's head: before, after, and the difference."""
    order = layer_order(change, choice.kind, n_layers(run.entry.config, choice.kind))
    passes = [n for n, layer in enumerate(order) if layer == choice.layer]
    st.markdown(f"**{KIND_TITLES[choice.kind]}**, layer {choice.layer + 1}, head {choice.head + 1}")
    if not passes:
        st.info(lesson(PAGE, "no attention left"))
        return
    which = passes[0]
    if len(passes) > 1 and choose_in_url("time", TIMES, "Which time") == "second":
        which = passes[1]
    own, other = run.attention(choice.kind, choice.layer), after.attention(choice.kind, which)
    labels = run.queries(choice.kind).labels, run.keys(choice.kind).labels
    before, now = own.weights[choice.head], other.weights[choice.head]
    shared = {"row_name": "query", "column_name": "key", "first": 1, "square": True}
    pair, third = st.columns([2, 1], gap="small")
    with pair:
        maps = [
            MatrixMap("before", before, *labels, own.mask[0]),
            MatrixMap("after", np.nan_to_num(now), *labels, other.mask[0]),
        ]
        matrix_maps(maps, key="break_maps", title="The head's weights", role="weight", **shared)
    with third:
        difference = np.nan_to_num(now.astype(np.float64) - before)
        matrix_maps(
            [MatrixMap("after − before", difference, *labels)],
            key="break_difference",
            title="The head's weights, after less before",
            limit=float(np.abs(difference).max()) or 1.0,  # where nothing has changed, a scale all the same
            **shared,
        )


def show_all_heads(choice: Choice, run: Run, after: Run, change: Intervention) -> None:
    """Every head of the sidebar's kind as a thumbnail of its difference; and the largest one in words."""
    kind = choice.kind
    before = all_weights(run, kind)
    order = layer_order(change, kind, len(before))
    weights = [after.attention(kind, n).weights for n in range(len(order))]
    now = np.nan_to_num(by_layer(weights, order, before))
    st.markdown(f"**All heads**: {KIND_TITLES[kind][0].lower()}{KIND_TITLES[kind][1:]}")
    ran = np.isin(np.arange(len(before)), order)
    st.markdown(_in_words(run, kind, before, now, ran))
    shown = choose_in_url("grid", GRIDS, "What the thumbnails show")
    pictures = {"difference": np.abs(now - before), "after": now, "before": before}
    seen = run.attention(kind, 0).mask[0]
    if weights:
        seen = seen | after.attention(kind, 0).mask[0]
    head_grid(
        pictures[shown],
        seen,
        title=f"{KIND_TITLES[kind]}, {shown}",
        selected=(choice.layer, choice.head),
        crossed=[(c.place.layer, c.place.head) for c in change.heads if c.place.kind == kind],
        scale_name="difference" if shown == "difference" else "weight",
        key="break_grid",
        on_select=lambda layer, head: choose_head_of_sidebar(kind, layer, head),
    )
    st.caption(lesson(PAGE, "grid" if ran.all() else "grid left out"))


def _in_words(run: Run, kind: str, before: np.ndarray, now: np.ndarray, ran: np.ndarray) -> str:
    """The largest change of a weight in the layers that ``ran``, and the entropy before and after."""
    most = largest_change(before, np.where(ran[:, None, None, None], now, before))
    entropies = mean_entropy(before), mean_entropy(now[ran])
    wide = f"mean entropy of a row {' → '.join(map(significant, entropies))} bits" if ran.any() else "no layer is left"
    if most.before == most.after:
        return f"No weight has changed: the largest difference is **exactly 0**; {wide}."
    query, key = run.queries(kind).labels[most.query], run.keys(kind).labels[most.key]
    where = f"layer {most.layer + 1}, head {most.head + 1}, {token_name(query)} looking at {token_name(key)}"
    return f"Largest change of a weight: **{significant(most.before)} → {significant(most.after)}** ({where}); {wide}."
