"""The view "Why it works": products of codes, the rotation from one position to another, and scores that see both."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.analysis import position_codes as codes
from explorer.analysis.provenance import tex
from explorer.components.line_chart import Curve, line_chart
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.components.position_waves import Dial
from explorer.figures.style import significant
from explorer.limits import LEARNED_POSITIONS
from explorer.model.catalogue import CheckpointError
from explorer.ui.cache import catalogue, load
from explorer.ui.lessons import lesson
from explorer.ui.positions import PAGE, choose_sizes, put_number, take_number
from explorer.ui.positions_codes import reference_code
from explorer.ui.url import choose_in_url, put_into_url, take_from_url

PARTS = {"products": "Products of codes", "rotation": "A step is a rotation", "scores": "Rotary and ALiBi"}
CODES = {"sinusoidal": "sinusoidal, the paper's", "sinusoidal-board": "sinusoidal, the board's", "none": "none"}
WORDS = {"sinusoidal": "dot", "sinusoidal-board": "dot board", "none": "dot none"}
STEP = Dial("step", "step k", 0, 511)
SHOWN = 8  # dimensions whose part of R_k is written out in colours


def choose_part() -> str:
    return choose_in_url("part", PARTS, "Which part")


@st.fragment
def show_products() -> None:
    chosen = _choose_code()
    learned = chosen not in CODES
    st.markdown(lesson(PAGE, "dot learned" if learned else WORDS[chosen]))
    if learned:
        try:
            code = _learned_code(chosen)
        except CheckpointError as error:
            st.error(str(error), icon=":material/error:")
            return
        if len(code) > LEARNED_POSITIONS:
            st.caption(f"The first {LEARNED_POSITIONS} of its {len(code):,} positions.")
            code = code[:LEARNED_POSITIONS]
    else:
        d, length, base = choose_sizes()
        code = np.zeros((length, d)) if chosen == "none" else reference_code(length, d, chosen, base)
    products = codes.dot_products(code)
    by_offset = codes.products_by_offset(products)
    left, right = st.columns([1, 1], gap="large")
    with left:
        matrix_maps(
            [MatrixMap("PE(p) · PE(q)", products)],
            key="products",
            title="The product of every two position codes",
            row_name="p",
            column_name="q",
            square=True,
        )
    with right:
        line_chart(
            [
                Curve(
                    "mean over pos, band: smallest to largest",
                    by_offset.mean,
                    low=by_offset.smallest,
                    high=by_offset.largest,
                )
            ],
            key="by_offset",
            title="The product of two codes by their distance",
            x_name="k",
            from_zero=True,
        )
        st.markdown(_spread(by_offset))
        if chosen == "sinusoidal":
            formula = codes.dot_by_offset(d, np.arange(length), float(base))
            difference = np.abs(formula - by_offset.mean).max()
            # What changes has no formula in it: those are slow to set.
            st.markdown(r"Beside $\sum_i \cos(\omega_i k)$, for every $k$, the largest difference of the mean is")
            st.markdown(f"**{significant(difference)}**")


@st.fragment
def show_rotation() -> None:
    st.markdown(lesson(PAGE, "rotation"))
    d, length, base = choose_sizes()
    _show_step(d, length, base)


@st.fragment
def _show_step(d: int, length: int, base: int) -> None:
    """R_k and what it does to one position; a fragment of its own, so that its sliders draw nothing else again."""
    code = reference_code(length, d, "sinusoidal", base)
    k, pos = _choose_step(length)
    matrix = codes.rotation(k, d, float(base))
    turned = matrix @ code[pos]
    left, right = st.columns([3, 2], gap="large")
    with left:
        rows = (f"PE({pos})", f"R PE({pos})", f"PE({pos + k})")
        matrix_maps(
            [
                MatrixMap(
                    "One position, turned, and where it should arrive",
                    np.stack([code[pos], turned, code[pos + k]]),
                    rows,
                )
            ],
            key="turned",
            title="The code of a position, turned by R, and the code it must equal",
            row_name="row",
            column_name="dimension",
            limit=1.0,
        )
        error = codes.rotation_error(code, k, float(base))
        here = np.abs(turned - code[pos + k]).max()
        st.markdown(
            rf"$|PE({pos + k}) - R_{{{k}}}\,PE({pos})|$ is at most ${tex(here)}$ in any "
            f"dimension; over all {length - k} positions that have a position {k} after them, **at most "
            f"{significant(error)}** {'✓' if error < 1e-9 else '✗'}"
        )
        with st.container(key="formula"):  # on a phone it scrolls inside of itself
            st.markdown(f"$$\n{_blocks(matrix, d)}\n$$")
    with right:
        n = min(d, SHOWN)
        matrix_maps(
            [MatrixMap(f"R for k = {k}" + (f", the first {n} of {d} dimensions" if n < d else ""), matrix[:n, :n])],
            key="rotation",
            title="The rotation matrix",
            row_name="row",
            column_name="column",
            limit=1.0,
            square=True,
        )


def _choose_code() -> str:
    """Draw the select box of codes: the formulas, and what the models with learned codes have learned."""
    learned = {name: f"learned by {name}" for name, entry in catalogue()[0].items() if _has_learned(entry)}
    titles = {**CODES, **learned}
    key, default = "code", "sinusoidal"
    take_from_url(key, list(titles), default)
    st.selectbox("Position code", list(titles), key=key, format_func=titles.get, width=320)
    put_into_url(key, default)
    return st.session_state[key]


def _has_learned(entry) -> bool:
    return entry.trained and entry.config.positions == "learned"


def _learned_code(model: str) -> np.ndarray:
    checkpoint = load(model)
    from explorer.model.positions import position_codes

    return position_codes(checkpoint.model, "encoder" if checkpoint.entry.config.has_encoder else "decoder")


def _spread(by_offset: codes.OffsetProducts) -> str:
    spread, largest = by_offset.spread, np.abs(by_offset.mean).max()
    exact = spread <= 1e-9 * max(1.0, largest)
    words = "it depends on the distance alone ✓" if exact else "it depends on where the two stand, too"
    return f"At the same distance, products differ by at most **{significant(spread)}**: {words}"


def _choose_step(length: int) -> tuple[int, int]:
    """Draw the sliders of the step k and of pos, so that pos + k is a position."""
    left, right = st.columns(2, gap="medium")
    k = take_number("step", length - 1, STEP, default=5)
    left.slider("Step $k$", 0, length - 1, key="step")
    put_number("step", 5)
    highest = length - 1 - k
    pos = take_number("pos", highest)
    if highest:
        right.slider("Position", 0, highest, key="pos")
    put_number("pos")
    return k, pos


def _blocks(matrix: np.ndarray, d: int) -> str:
    """R_k in LaTeX: its first two blocks in numbers, the others as dots."""
    n = min(d, 4)
    rows = [" & ".join("" if a // 2 != b // 2 else tex(matrix[a, b]) for b in range(n)) for a in range(n)]
    if d > n:
        rows = [f"{row} &" for row in rows] + [" & " * n + r"\ddots"]
    body = r" \\ ".join(rows)
    return rf"\small R_k = \begin{{pmatrix}} {body} \end{{pmatrix}}"
