"""What a model with relative positions adds to its scores: every head's bias by distance, and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis.relative_bias import BiasByDistance, prove_bias, shown_distances
from explorer.components.line_chart import Curve, line_chart
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.model.weights import relative_positions
from explorer.ui.cache import load
from explorer.ui.lessons import lesson
from explorer.ui.positions import PAGE
from explorer.ui.provenance import show_provenance
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.transformer import Transformer

PICK = "_bias_pick"


@st.fragment
def show_relative(choice: Choice, kind: str) -> None:
    """The bias of the stack ``kind`` ("encoder" or "decoder"), for every head and distance."""
    st.subheader("Where its positions are: in the scores", anchor=False)
    st.markdown(lesson(PAGE, "relative"))
    found = read_bias(load(choice.model).model, kind)
    n_heads, n_distances = found.values.shape
    head, place = _current_pick(n_heads, n_distances, found)
    matrix_maps(
        [
            MatrixMap(
                f"b, what the {kind} adds to a score",
                found.values,
                tuple(f"head {h + 1}" for h in range(n_heads)),
                found.labels,
            )
        ],
        key="relative_bias",
        title="The bias of every head by distance",
        row_name="head",
        column_name="key − query",
        first=1,
        own_numbers=True,
        picked=(0, head, place),
        on_pick=_set_pick,
    )
    left, right = st.columns([5, 4], gap="large")
    with left:
        line_chart(
            [Curve(f"head {head + 1}", found.values[head])],
            key="bias_curve",
            title=f"The bias of head {head + 1} by distance",
            x_name="key − query",
            first=int(found.distances[0]),
        )
        st.markdown(lesson(PAGE, "relative both ways" if found.learned.both_ways else "relative one way"))
    with right, st.container(key="bias_provenance"):
        show_provenance(prove_bias(found, head, place), key="bias_check")


def read_bias(model: Transformer, kind: str) -> BiasByDistance:
    """The bias of one stack, as the running model computes it."""
    from explorer.model.positions import bias_by_distance

    learned = relative_positions(model, kind)
    distances = shown_distances(learned)
    return BiasByDistance(learned, distances, bias_by_distance(model, kind, distances))


def _current_pick(n_heads: int, n_distances: int, found: BiasByDistance) -> tuple[int, int]:
    """At first, head 1 and the key just before the query."""
    head, place = st.session_state.get(PICK, (0, int((found.distances == -1).argmax())))
    return min(head, n_heads - 1), min(place, n_distances - 1)


def _set_pick(which: int, head: int, place: int) -> None:
    st.session_state[PICK] = head, place
