"""Rows of attention that were edited by hand: which of them this text has, and one put in the place of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.components.weight_row import Given
from explorer.model.intervention import Intervention, Place, RowEdit, check

if TYPE_CHECKING:
    from explorer.model.run import Run

KIND_WORDS = {"encoder": "encoder", "decoder": "decoder", "cross": "cross-attention"}
LOCKED = {
    "decoder": "masked: a query sees itself and what stands before it, never what comes after",
    "encoder": "masked: this query may not look there",
    "cross": "masked: this query may not look there",
}


def rows_of(run: Run, intervention: Intervention) -> tuple[tuple[RowEdit, ...], list[str]]:
    """The edited rows that the model and its text have a place for, and one reason for each that is left out."""
    found: dict[tuple[Place, int], RowEdit] = {}
    problems = []
    if intervention != Intervention(rows=intervention.rows):
        problems.append("here only rows of attention are edited")
    for edit in intervention.rows:
        why = why_not(run, edit)
        if not why and (edit.place, edit.query) in found:
            why = "one row is edited twice"
        if why:
            problems.append(why)
        else:
            found[edit.place, edit.query] = edit
    return tuple(found.values()), problems


def why_not(run: Run, edit: RowEdit) -> str:
    """Why a row cannot be edited so, without its full stop; the empty text where it can."""
    try:
        check(Intervention(rows=(edit,)), run.entry.config)
    except ValueError as error:
        return str(error)
    n_queries = len(run.queries(edit.place.kind))
    if edit.query >= n_queries:
        return f"there is no query {edit.query + 1} in a text of {n_queries} tokens"
    mask = run.attention(edit.place.kind, edit.place.layer).mask[0][edit.query]
    for key, _ in edit.weights:
        if key >= len(mask):
            return f"there is no key {key + 1} in a text of {len(mask)} tokens"
        if not mask[key]:
            return f"key {key + 1} is masked for query {edit.query + 1}"
    weights = dict(edit.weights)
    if all(weights.get(int(key)) == 0 for key in np.flatnonzero(mask)):
        return "at least one weight of a row must be above 0"
    return ""


def without_row(edits: tuple[RowEdit, ...], place: Place, query: int) -> tuple[RowEdit, ...]:
    return tuple(edit for edit in edits if (edit.place, edit.query) != (place, query))


def with_row(edits: tuple[RowEdit, ...], place: Place, query: int, given: Given) -> tuple[RowEdit, ...]:
    """The edits with this row's weights in the place of what it had; without any, the row is as it was."""
    others = without_row(edits, place, query)
    return tuple(sorted((*others, RowEdit(place, query, shortest(given))))) if given else others


def shortest(given: Given) -> Given:
    """The same weights, to float32, with as few digits as possible, since the address holds them.

    >>> shortest(((3, 0.10000000149011612),))
    ((3, 0.1),)
    """
    return tuple((key, float(str(np.float32(weight)))) for key, weight in given)


def given_of(edits: tuple[RowEdit, ...], place: Place, query: int) -> Given:
    """What was set by hand in one row."""
    return next((edit.weights for edit in edits if (edit.place, edit.query) == (place, query)), ())


def place_words(place: Place) -> str:
    """
    >>> place_words(Place("cross", 1, 3))
    'cross-attention, layer 2, head 4'
    """
    return f"{KIND_WORDS[place.kind]}, layer {place.layer + 1}, head {place.head + 1}"
