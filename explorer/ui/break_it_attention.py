"""Attention before and after a change: the sidebar's head, the difference in every head, and both in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.attention_change import by_layer, largest_change, mean_entropy
from explorer.components.head_grid import head_grid
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.figures.style import significant
from explorer.model.intervention import Intervention, layer_order
from explorer.model.kinds import KIND_TITLES, attention_kinds, n_layers
from explorer.ui.break_it_change import choose_head_of_sidebar
from explorer.ui.cache import all_weights
from explorer.ui.lessons import lesson
from explorer.ui.literal import token_name
from explorer.ui.session import Choice
from explorer.ui.url import choose_in_url

if TYPE_CHECKING:
    from explorer.model.run import Run

PAGE = "break_it_effects"
GRIDS = {"difference": "difference", "after": "after", "before": "before"}
TIMES = {"first": "first time", "second": "second time"}


def show_attention(
    choice: Choice,
    run: Run,
    after: Run,
    change: Intervention,
    query: int | None = None,
    on_query: Callable[[int], None] | None = None,
) -> None:
    """The sidebar's head: before, after, and the difference.

    Parameters
    ----------
    query : int
        The row that is framed, at its largest weight.
    on_query : called with the row that was clicked, before the next run
    """
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
        matrix_maps(
            maps,
            key="break_maps",
            title="The head's weights",
            role="weight",
            picked=None if query is None else (1, query, int(np.nan_to_num(now[query]).argmax())),
            on_pick=on_query and (lambda _, row, column: on_query(row)),
            pick_title="edit this row",
            **shared,
        )
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
    """Every head of the sidebar's kind as a thumbnail of its difference; and the largest one of each kind in words."""
    kinds = attention_kinds(run.entry.config)
    moves = {kind: _moved(run, after, change, kind) for kind in kinds}
    st.markdown("**All heads**")
    bullet = "- " if len(kinds) > 1 else ""
    st.markdown("\n".join(bullet + _in_words(run, kind, moves[kind]) for kind in kinds))
    moved = moves[choice.kind]
    shown = choose_in_url("grid", GRIDS, "What the thumbnails show")
    difference = np.abs(moved.now - moved.before)
    pictures = {"difference": difference, "after": moved.now, "before": moved.before}
    title = KIND_TITLES[choice.kind]
    if shown == "difference" and not difference.any():
        st.caption(f"{title}: {lesson(PAGE, 'no difference')}")
        return
    head_grid(
        pictures[shown],
        moved.seen,
        title=f"{title}, {shown}",
        selected=(choice.layer, choice.head),
        crossed=[(c.place.layer, c.place.head) for c in change.heads if c.place.kind == choice.kind],
        key="break_grid",
        on_select=partial(choose_head_of_sidebar, choice.kind),
        **({"scale_name": "difference", "limit": float(difference.max())} if shown == "difference" else {}),
    )
    st.caption(f"{title}. {lesson(PAGE, 'grid' if moved.ran.all() else 'grid left out')}")


@dataclass(frozen=True)
class _Moved:
    """The weights of all heads of one kind, [layer, head, query, key]."""

    before: np.ndarray
    now: np.ndarray  # 0 in a layer that did not run, and where a weight is no number
    ran: np.ndarray  # [layer], bool
    seen: np.ndarray  # [query, key], bool: what may be looked at in one of the passes


def _moved(run: Run, after: Run, change: Intervention, kind: str) -> _Moved:
    before = all_weights(run, kind)
    order = layer_order(change, kind, len(before))
    passes = [after.attention(kind, n) for n in range(len(order))]
    now = np.nan_to_num(by_layer([each.weights for each in passes], order, before))
    seen = run.attention(kind, 0).mask[0]
    return _Moved(before, now, np.isin(np.arange(len(before)), order), seen | passes[0].mask[0] if passes else seen)


def _in_words(run: Run, kind: str, moved: _Moved) -> str:
    """The largest change of a weight in the layers that ran, and the entropy before and after."""
    before, now, ran = moved.before, moved.now, moved.ran
    most = largest_change(before, np.where(ran[:, None, None, None], now, before))
    entropies = " → ".join(map(significant, (mean_entropy(before), mean_entropy(now[ran]))))
    wide = f"mean entropy of a row {entropies} bits" if ran.any() else "no layer is left"
    title = KIND_TITLES[kind].partition(" (")[0]
    if most.before == most.after:
        return f"{title}: no weight has changed, the largest difference is **exactly 0**; {wide}."
    query, key = run.queries(kind).labels[most.query], run.keys(kind).labels[most.key]
    where = f"layer {most.layer + 1}, head {most.head + 1}, {token_name(query)} looking at {token_name(key)}"
    change = f"**{significant(most.before)} → {significant(most.after)}**"
    return f"{title}: largest change of a weight {change} ({where}); {wide}."
