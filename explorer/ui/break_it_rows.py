"""Rows of attention that were edited by hand: which of them this text has, and one put in the place of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.components.weight_row import Given
from explorer.model.intervention import Intervention, Place, RowEdit, check

if TYPE_CHECKING:
    from explorer.model.run import Run

LOCKED = {
    "decoder": "masked: a query sees itself and what stands before it, never what comes after",
    "encoder": "masked: this query may not look there",
    "cross": "masked: this query may not look there",
}


def rows_fit(run: Run, change: Intervention) -> str:
    """Why these rows cannot be edited so: see ``Fits``."""
    if change != Intervention(rows=change.rows):
        return "here only rows of attention are edited"
    check(change, run.entry.config)
    return next(filter(None, (_why_not(run, edit) for edit in change.rows)), "")


def _why_not(run: Run, edit: RowEdit) -> str:
    """Why this text has no such row, or not these weights in it; the empty text where it has."""
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
