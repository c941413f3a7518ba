"""Attention by hand: the weights of one row dragged or typed, and the forward pass continued from there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.components.weight_row import Given, WeightRow, weight_row
from explorer.figures.style import significant
from explorer.model.intervention import Intervention, Place, RowEdit
from explorer.ui.break_it_change import (
    change_problem,
    choose_head_of_sidebar,
    follow_sidebar,
    put_change,
    start_over,
    take_change,
    update_change,
)
from explorer.ui.break_it_effects import show_effects
from explorer.ui.break_it_output import show_outcome
from explorer.ui.break_it_parts import place_words
from explorer.ui.break_it_rows import LOCKED, given_of, rows_fit, with_row, without_row
from explorer.ui.changed_runs import changed_run
from explorer.ui.gaps import gaps_of
from explorer.ui.lessons import lesson
from explorer.ui.literal import token_name
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.run import Run

PAGE = "break_it_edit"
ROWS = "rows"  # in the session and the URL
Edits = tuple[RowEdit, ...]


def show_edit(choice: Choice, run: Run) -> None:
    """The whole view."""
    follow_sidebar()
    st.markdown(lesson(PAGE, "edit"))
    change = take_change(ROWS, partial(rows_fit, run))
    place = Place(choice.kind, choice.layer, choice.head)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        query = _choose_query(choice, run)
        start_over(ROWS)
    put_change(ROWS)
    after = changed_run(choice, run, change)
    _show_row(choice, run, after, change.rows, place, query)
    _list_rows(run, change.rows, place, query)
    show_outcome(choice, run, after, change)
    reach = _reach(run, change.rows)
    show_effects(choice, run, after, change, query=query, on_query=_pick_query, reach=reach)


def _choose_query(choice: Choice, run: Run) -> int:
    """Draw the select box of the query, counted from 1 in the URL; returned from 0."""
    labels = run.queries(choice.kind).labels
    numbers, default = range(1, len(labels) + 1), _first_query(choice, run)
    take_from_url("query", numbers, default)
    st.selectbox("Query i", numbers, key="query", format_func=lambda n: f"i = {n}   {labels[n - 1]}", width=220)
    put_into_url("query", default)
    return st.session_state["query"] - 1


def _first_query(choice: Choice, run: Run) -> int:
    """Where to start: a gap that a BERT fills, the end of a text that goes on there, else the middle."""
    ids = run.queries(choice.kind).ids
    if gaps := gaps_of(choice.model, ids):
        return gaps[0] + 1
    return len(ids) if choice.kind == "decoder" else (len(ids) + 1) // 2


def _show_row(choice: Choice, run: Run, after: Run, edits: Edits, place: Place, query: int) -> None:
    """The bars. Own weights are those of the pass with all other edits, since an earlier one may have moved them."""
    queries, keys = run.queries(place.kind), run.keys(place.kind)
    others = changed_run(choice, run, Intervention(rows=without_row(edits, place, query)))
    own, now = (each.attention(place.kind, place.layer).weights[place.head, query] for each in (others, after))
    mask, given = run.attention(place.kind, place.layer).mask[0][query], given_of(edits, place, query)
    weight_row(
        WeightRow(
            name=f"{place.kind}.{place.layer + 1}.{place.head + 1}.{query + 1}",
            labels=keys.labels,
            ids=keys.ids,
            own=own,
            edited=now,
            mask=mask,
            given=given,
            locked=LOCKED[place.kind],
        ),
        key="weight_row",
        title=f"Weights of query {query + 1} in {place_words(place, run.entry.config)}",
        problem=change_problem(ROWS),
        on_edit=partial(_edit, run, place, query),
    )
    where = f"What {token_name(queries.labels[query])} looks at in {place_words(place, run.entry.config)}."
    st.caption(f"{where} {_about_row(own, now, mask, given, LOCKED[place.kind])}")


def _about_row(own: np.ndarray, now: np.ndarray, mask: np.ndarray, given: Given, locked: str) -> str:
    said = [lesson(PAGE, "bars")]
    if not mask.all():
        said.append(f"{int((~mask).sum())} hatched keys are locked ({locked}).")
    if mask.sum() == 1:
        said.append("Only one key may be looked at: its weight is 1, whatever is asked for.")
    elif given and np.array_equal(own, now):
        said.append("What you set are its own weights: **the edit changes exactly nothing**.")
    elif given:
        moved = 0.5 * np.abs(now.astype(np.float64) - own).sum()
        said.append(f"{significant(100 * moved)} % of this row's attention has moved.")
    return " ".join(said)


def _list_rows(run: Run, edits: Edits, place: Place, query: int) -> None:
    """All edited rows: each can be gone to, and given back."""
    for n, edit in enumerate(edits):
        here = (edit.place, edit.query) == (place, query)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(_describe(run, edit) + (" (above)" if here else ""), width="content")
            if not here:
                st.button("Show", key=f"show_row_{n}", on_click=_go_to, args=(edit,))
            st.button("Give back", key=f"give_back_{n}", on_click=_edit, args=(run, edit.place, edit.query, ()))


def _describe(run: Run, edit: RowEdit) -> str:
    queries, keys = run.queries(edit.place.kind), run.keys(edit.place.kind)
    shown = [f"{token_name(keys.labels[key])} to {significant(weight)}" for key, weight in edit.weights[:5]]
    more = f" and {len(edit.weights) - 5} more" if len(edit.weights) > 5 else ""
    whose = f"query {edit.query + 1} {token_name(queries.labels[edit.query])}"
    return f"Edited: {place_words(edit.place, run.entry.config)}, {whose}: {', '.join(shown)}{more}"


def _reach(run: Run, edits: Edits) -> str:
    """Why some states cannot have moved, for edits of these kinds."""
    kinds = {edit.place.kind for edit in edits}
    said = []
    if "encoder" in kinds:
        said.append(lesson(PAGE, "reach encoder"))
        if run.source is not None:
            said.append(lesson(PAGE, "reach through"))
    elif kinds:
        said.append(lesson(PAGE, "reach decoder"))
    return " ".join(said)


def _edit(run: Run, place: Place, query: int, given: Given) -> None:
    """From a callback: these weights in the place of what the row had; without any, it is as it was."""
    update_change(
        ROWS, partial(rows_fit, run), lambda change: Intervention(rows=with_row(change.rows, place, query, given))
    )


def _go_to(edit: RowEdit) -> None:
    choose_head_of_sidebar(edit.place.kind, edit.place.layer, edit.place.head)
    st.session_state["query"] = edit.query + 1


def _pick_query(row: int) -> None:
    st.session_state["query"] = row + 1
