"""The view "Board and paper": both readings of the formula side by side, and what follows in numbers."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.analysis import position_codes as codes
from explorer.analysis.numbers.positions import READINGS
from explorer.analysis.provenance import tex
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.ui.lessons import lesson
from explorer.ui.positions import PAGE, choose_sizes
from explorer.ui.positions_codes import reference_code, show_code_provenance
from explorer.ui.url import put_into_url, take_from_url

TITLES = ("Paper: sin(pos / b^(2i/d))", "Board: sin((pos / b)^(2i/d))")
TOLERANCES = ("1", "0.3", "0.1", "0.03", "0.01", "0.003", "0.001", "0.0001", "0.00001")  # as the URL names them
PICK = "_code_pick"


def show_board() -> None:
    st.markdown(lesson(PAGE, "board"))
    d, length, base = choose_sizes()
    both = [reference_code(length, d, reading, base) for reading in READINGS]
    pick = _current_pick(length, d)
    matrix_maps(
        [MatrixMap(title, code) for title, code in zip(TITLES, both, strict=True)],
        key="readings",
        title="The two readings of the position code",
        row_name="pos",
        column_name="dimension",
        limit=1.0,
        picked=pick,
        on_pick=_set_pick,
    )
    left, right = st.columns([5, 4], gap="large")
    with left:
        _show_distinct(both)
        st.markdown(_table(both, d, length, base))
        st.markdown(lesson(PAGE, "board follows"))
        st.markdown(lesson(PAGE, "halves"))
    with right:
        which, pos, dim = pick
        show_code_provenance(pos, dim, d, READINGS[which], base)


@st.fragment
def _show_distinct(both: list[np.ndarray]) -> None:
    """How many positions can be told apart; a fragment of its own, so that its slider sends no picture again."""
    tolerance = float(_choose_tolerance())
    paper, board = (codes.count_distinct(code, tolerance) for code in both)
    st.markdown(
        f"Of the first {len(both[0])} positions, **{paper}** can be told apart in the paper's code, "
        f"**{board}** in the board's."
    )


def _choose_tolerance() -> str:
    key, default = "tolerance", "0.1"
    take_from_url(key, TOLERANCES, default)
    st.select_slider("Two codes are told apart if their distance is more than", TOLERANCES, key=key)
    put_into_url(key, default)
    return st.session_state[key]


def _table(both: list[np.ndarray], d: int, length: int, base: int) -> str:
    """What can be said of the two codes, in numbers."""
    columns = [_facts(code, reading, d, length, base) for code, reading in zip(both, READINGS, strict=True)]
    head = [f"| Of the first {length} positions | the paper's | the board's |", "|---|---|---|"]
    return "\n".join([*head, *(f"| {name} | {columns[0][name]} | {columns[1][name]} |" for name in columns[0])])


def _facts(code: np.ndarray, reading: str, d: int, length: int, base: int) -> dict[str, str]:
    closest = codes.closest_pair(code)
    angles = codes.largest_angles(length, d, reading, float(base))
    return {
        "smallest distance of two": f"${tex(closest.distance)}$ ({_pairs(closest)})",
        "dimension 0: largest − smallest": f"${tex(np.ptp(code[:, 0]))}$",
        "largest angle; a full wave is $2\\pi = 6.28$": f"${tex(angles.max())}$",
        "pairs with at least one full wave": f"{int((angles >= 2 * np.pi).sum())} of {d // 2}",
    }


def _pairs(closest: codes.Closest) -> str:
    first = f"pos {closest.first} and {closest.second}"
    return first if closest.n_pairs == 1 else f"{closest.n_pairs} pairs, the first is {first}"


def _current_pick(length: int, d: int) -> tuple[int, int, int]:
    which, pos, dim = st.session_state.get(PICK, (1, length // 2, 0))
    return which, min(pos, length - 1), min(dim, d - 1)


def _set_pick(which: int, pos: int, dim: int) -> None:
    st.session_state[PICK] = which, pos, dim
