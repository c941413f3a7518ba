"""The view "x + PE": token embedding, position code and their sum, their lengths, and what sqrt(d) is for.

A model may add the embedding of a segment too, and norm the sum: each is one more picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.attention_layer import embedding_state
from explorer.analysis.numbers import positions as numbers
from explorer.analysis.numbers.positions import Embedded, read_embedded
from explorer.analysis.numbers.states import state_number
from explorer.analysis.position_effects import norms
from explorer.analysis.provenance import Provenance, tex
from explorer.components.line_chart import Curve, line_chart
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.ui.cache import load
from explorer.ui.lessons import lesson
from explorer.ui.positions import PAGE
from explorer.ui.positions_relative import show_relative
from explorer.ui.provenance import show_provenance
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run

PICK = "_sum_pick"


@dataclass(frozen=True)
class Picture:
    """One vector for each position, and where one of its numbers comes from."""

    title: str
    name: str  # of its length's curve
    values: np.ndarray  # [position, d_model]
    prove: Callable[[int, int], Provenance]  # of (position, dimension)


def show_sum(choice: Choice, run: Run) -> None:
    kind = "encoder" if choice.kind == "encoder" else "decoder"
    _show_pictures(choice, run, kind)
    if run.entry.config.positions == "relative":
        show_relative(choice, kind)


@st.fragment
def _show_pictures(choice: Choice, run: Run, kind: str) -> None:
    config = run.entry.config
    words = ["sum relative" if config.positions == "relative" else "sum"]
    words += ["sum segments"] if config.n_segments else []
    words += ["sum norm"] if config.embedding_norm else []
    st.markdown(" ".join(lesson(PAGE, section) for section in words))
    tokens, x = run.queries(kind), read_embedded(run, load(choice.model).model, kind)
    pictures = _pictures(choice, run, kind, x)
    which, pos, dim = _current_pick(len(pictures), len(tokens), x.d_model)
    matrix_maps(
        [MatrixMap(each.title, each.values, tokens.labels) for each in pictures],
        key="sum",
        title="What the first layer reads, and what it is the sum of",
        row_name="pos",
        column_name="dimension",
        picked=(which, pos, dim),
        on_pick=_set_pick,
    )
    left, right = st.columns([5, 4], gap="large")
    with left:
        st.markdown("**How long these vectors are**")
        _show_norms(x, pictures, tokens.labels)
    with right, st.container(key="provenance"):
        show_provenance(pictures[which].prove(pos, dim))


def _pictures(choice: Choice, run: Run, kind: str, x: Embedded) -> list[Picture]:
    """The parts that this model has, their sum, and its norm; with one part alone, that is the sum."""
    config, trace = run.entry.config, run.stack(kind).embedding
    scaled = ", times √d" if x.scaled else ""
    alone = config.positions == "relative" and x.segments is None
    title = f"{'x = ' if alone and not config.embedding_norm else ''}e, the token embedding{scaled}"
    found = [Picture(title, "|e|", x.token_embedding, lambda *at: numbers.token(x, *at))]
    sum_of = "e"
    if config.positions != "relative":
        found.append(Picture("PE, the position code", "|PE|", x.position_code, lambda *at: numbers.position(x, *at)))
        sum_of += " + PE"
    if x.segments is not None:
        segment = trace.segment_embedding
        found.append(Picture("s, the segment embedding", "|s|", segment, lambda *at: numbers.segment(x, *at)))
        sum_of += " + s"
    name = "e" if alone else "z" if config.embedding_norm else "x"
    if not alone:
        found.append(Picture(f"{name} = {sum_of}", f"|{name}|", x.total, lambda *at: numbers.total(x, *at)))
    if config.embedding_norm:
        norm = "RMS norm" if config.norm == "rms" else "LN"
        state = embedding_state(run, load(choice.model).model, kind, "x")
        found.append(Picture(f"x = {norm}({name})", "|x|", x.output, lambda *at: state_number(state, *at)))
    return found


def _show_norms(x: Embedded, pictures: list[Picture], labels: tuple[str, ...]) -> None:
    styles = {"|e|": "solid", "|PE|": "dashed", "|s|": "dotted"}
    curves = [
        Curve(each.name, norms(each.values), styles.get(each.name, "solid"), quiet=each.name not in styles)
        for each in pictures
    ]
    p, rows = norms(x.position_code), norms(x.rows)
    if x.scaled:
        curves.append(Curve("|e| without √d", rows, "dotted", quiet=True))
    line_chart(curves, key="norms", title="Lengths of the vectors", x_name="pos", labels=labels, from_zero=True)
    root = np.sqrt(x.d_model)
    without, scaled = ("", ", as here") if x.scaled else (", as here", "")
    lines = [
        rf"| mean over the text | without $\sqrt d${without} | with $\sqrt d = {tex(root)}${scaled} |",
        "|---|---|---|",
        rf"| $\lVert e\rVert$ | ${tex(rows.mean())}$ | ${tex(rows.mean() * root)}$ |",
    ]
    if p.any():
        ratio = rows.mean() / p.mean()
        lines += [
            rf"| $\lVert PE\rVert$ | ${tex(p.mean())}$ | ${tex(p.mean())}$ |",
            rf"| $\lVert e\rVert / \lVert PE\rVert$ | ${tex(ratio)}$ | ${tex(ratio * root)}$ |",
        ]
    st.markdown("\n".join(lines))
    words = ["sum scaled" if x.scaled else "sum unscaled"]
    if x.positions == "relative":
        words = ["sum scaled alone" if x.scaled else "sum unscaled alone"]
    elif not p.any():
        words = ["sum none"]
    elif x.scaled and x.positions.startswith("sinusoidal"):
        words.append("sum scaled sinusoidal")
    if x.positions == "sinusoidal-halves":
        words.append("halves")
    st.markdown(" ".join(lesson(PAGE, section) for section in words))


def _current_pick(n_pictures: int, n: int, d: int) -> tuple[int, int, int]:
    """At first, what the first block reads, at position 1."""
    which, pos, dim = st.session_state.get(PICK, (n_pictures - 1, 1, 0))
    return min(which, n_pictures - 1), min(pos, n - 1), min(dim, d - 1)


def _set_pick(which: int, pos: int, dim: int) -> None:
    st.session_state[PICK] = which, pos, dim
