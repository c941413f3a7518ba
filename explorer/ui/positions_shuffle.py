"""The words of the text in another order: what a model without position codes makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis.position_effects import shuffled
from explorer.analysis.provenance import tex
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.components.position_waves import Dial
from explorer.ui.lessons import lesson
from explorer.ui.positions import PAGE, put_number, take_number
from explorer.ui.positions_runs import Shuffled, movable, shuffled_run
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run

ORDER = Dial("order", "order", 1, 999)
SAME = 1e-3  # rounding in float32 through all layers stays far below, other neighbours far above


@st.fragment
def show_shuffle(choice: Choice, run: Run) -> None:
    st.subheader("No positions: shuffle the words", anchor=False)
    st.markdown(lesson(PAGE, "shuffle"))
    read, (first, last) = run.source or run.tokens, movable(run)
    if len(set(read.ids[first:last])) < 2:
        st.info("To shuffle, a text needs at least two different words: type a longer one.")
        return
    seed = take_number("order", dial=ORDER, default=1)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.number_input("Order number", ORDER.low, ORDER.high, key="order", width=160)
        st.button("Another order", key="reorder", on_click=_next_order, args=(read.ids, first, last))
    put_number("order", 1)
    found = shuffled_run(choice, run, seed)
    matrix_maps(
        [
            MatrixMap("Outputs without positions, the text as it is", found.before, read.labels),
            MatrixMap("The same, the words shuffled", found.after, found.labels),
        ],
        key="shuffled",
        title="Outputs of the last layer before and after the shuffle",
        row_name="pos",
        column_name="dimension",
    )
    st.markdown(_table(found))
    words = ["shuffle decoder"] if found.open is not None else ["shuffle encoder"]
    if found.logits is not None:
        words.append("shuffle translator")
    st.markdown(" ".join(lesson(PAGE, section) for section in words))


def _table(found: Shuffled) -> str:
    """How far the outputs are apart, each token's beside its own in the other order."""
    mask = found.open is not None
    permuted = "the same vectors, permuted ✓"
    rows = [("no position codes" + (", causal mask" if mask else ""), found.none, permuted)]
    if mask:
        rows.append(("no position codes, and no mask", found.open, permuted))
    rows.append(("its own position codes", found.own, permuted))
    if found.logits is not None:
        rows.append(("the decoder's logits, no position codes", found.logits, "the same ✓"))
    lines = ["| Largest difference, each token put back in its place | | |", "|---|---|---|"]
    for name, value, same in rows:
        lines.append(f"| {name} | ${tex(value)}$ | {same if value < SAME else 'not the same'} |")
    return "\n".join(lines)


def _next_order(ids: tuple[int, ...], first: int, last: int) -> None:
    """The next number whose order reads differently; a text of two words has only one other order."""
    shown = shuffled(ids, st.session_state["order"], first, last)
    for _ in range(20):
        st.session_state["order"] = st.session_state["order"] % ORDER.high + 1
        order = shuffled(ids, st.session_state["order"], first, last)
        if any(ids[a] != ids[b] for a, b in zip(order, shown, strict=True)):
            return
