"""The words of the text in another order: what a model without position codes makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.position_effects import shuffled, swapped
from explorer.analysis.provenance import tex
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.components.position_waves import Dial
from explorer.ui.lessons import lesson
from explorer.ui.positions import PAGE, put_number, take_number
from explorer.ui.positions_runs import Shuffled, movable, shuffled_run
from explorer.ui.session import Choice
from explorer.ui.url import choose_in_url, put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.run import Run, Tokens

CHANGES = {"shuffle": "Shuffle all", "swap": "Swap two"}
ORDER = Dial("order", "order", 1, 999)
SAME = 1e-3  # rounding in float32 through all layers stays far below, other neighbours far above


@st.fragment
def show_shuffle(choice: Choice, run: Run) -> None:
    st.subheader("No positions: shuffle the words", anchor=False)
    st.markdown(lesson(PAGE, "shuffle"))
    read, (first, last) = run.source or run.tokens, movable(choice, run)
    if len(set(read.ids[first:last])) < 2:
        st.info("To shuffle, a text needs at least two different words: type a longer one.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        change = choose_in_url("change", CHANGES, "What changes places")
        order = (_choose_order if change == "shuffle" else _choose_two)(read, first, last)
    if all(read.ids[a] == read.ids[b] for a, b in enumerate(order)):
        st.info("That is the text as it was: choose two different words.")
        return
    found = shuffled_run(choice, run, order)
    matrix_maps(
        [
            MatrixMap("Outputs without positions, the text as it is", found.before, read.labels),
            MatrixMap(
                "The same, the words shuffled" if change == "shuffle" else "The same, two words swapped",
                found.after,
                found.labels,
            ),
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


def _choose_order(read: Tokens, first: int, last: int) -> np.ndarray:
    """Draw the number of an order, and a button that goes to the next one."""
    seed = take_number("order", dial=ORDER, default=1)
    st.number_input("Order number", ORDER.low, ORDER.high, key="order", width=160)
    st.button("Another order", key="reorder", on_click=_next_order, args=(read.ids, first, last))
    put_number("order", 1)
    return shuffled(read.ids, seed, first, last)


def _choose_two(read: Tokens, first: int, last: int) -> np.ndarray:
    """Draw two select boxes; at first, they hold the text's first word and the next one that is another."""
    other = next(n for n in range(first, last) if read.ids[n] != read.ids[first])
    for key, label, default in (("swap", "Swap", first), ("with", "with", other)):
        take_from_url(key, range(first, last), default)
        st.selectbox(label, range(first, last), key=key, format_func=lambda n: f"pos {n}   {read.labels[n]}", width=200)
        put_into_url(key, default)
    return swapped(len(read), st.session_state["swap"], st.session_state["with"])


def _table(found: Shuffled) -> str:
    """How far the outputs are apart, each token's beside its own in the other order."""
    mask = found.open is not None
    permuted = "the same vectors, permuted ✓"
    rows = [("no positions" + (", causal mask" if mask else ""), found.none, permuted)]
    if mask:
        rows.append(("no positions, and no mask", found.open, permuted))
    rows.append(("its own positions", found.own, permuted))
    if found.logits is not None:
        rows.append(("the decoder's logits, no positions", found.logits, "the same ✓"))
    lines = ["| Largest difference, each token put back in its place | | |", "|---|---|---|"]
    for name, value, same in rows:
        lines.append(f"| {name} | ${tex(value)}$ | {same if value < SAME else 'not the same'} |")
    return "\n".join(lines)


def _next_order(ids: tuple[int, ...], first: int, last: int) -> None:
    """The next number whose order reads differently; a text of two words has only one other order."""
    if (number := st.session_state.get("order")) is None:
        return
    shown = shuffled(ids, number, first, last)
    for _ in range(20):
        number = number % ORDER.high + 1
        order = shuffled(ids, number, first, last)
        if any(ids[a] != ids[b] for a, b in zip(order, shown, strict=True)):
            break
    st.session_state["order"] = number
