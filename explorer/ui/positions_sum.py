"""The view "x + PE": token embedding, position code and their sum, their lengths, and what sqrt(d) is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.numbers.positions import EMBEDDED, Embedded
from explorer.analysis.position_effects import norms
from explorer.analysis.provenance import tex
from explorer.components.line_chart import Curve, line_chart
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.ui.cache import load
from explorer.ui.lessons import lesson
from explorer.ui.positions import PAGE
from explorer.ui.provenance import show_provenance
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run

PICK = "_sum_pick"


@st.fragment
def show_sum(choice: Choice, run: Run) -> None:
    st.markdown(lesson(PAGE, "sum"))
    kind = "encoder" if choice.kind == "encoder" else "decoder"
    tokens, x = run.queries(kind), _read(choice, run, kind)
    pick = _current_pick(len(tokens), x.d_model)
    titles = ("e, the token embedding" + (", times √d" if x.scaled else ""), "PE, the position code", "x = e + PE")
    matrix_maps(
        [
            MatrixMap(title, values, tokens.labels)
            for title, values in zip(titles, (x.token_embedding, x.position_code, x.output), strict=True)
        ],
        key="sum",
        title="Token embedding, position code and their sum",
        row_name="pos",
        column_name="dimension",
        picked=pick,
        on_pick=_set_pick,
    )
    left, right = st.columns([5, 4], gap="large")
    with left:
        st.markdown("**How long these vectors are**")
        _show_norms(x, tokens.labels)
    with right, st.container(key="provenance"):
        show_provenance(EMBEDDED[pick[0]](x, *pick[1:]))


def _show_norms(x: Embedded, labels: tuple[str, ...]) -> None:
    e, p, total = norms(x.token_embedding), norms(x.position_code), norms(x.output)
    curves = [Curve("|e|", e), Curve("|PE|", p, "dashed"), Curve("|x|", total, quiet=True)]
    rows = norms(x.rows)
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
    words = ["sum none" if not p.any() else "sum scaled" if x.scaled else "sum unscaled"]
    if x.scaled and x.positions.startswith("sinusoidal"):
        words.append("sum scaled sinusoidal")
    st.markdown(" ".join(lesson(PAGE, section) for section in words))


def _read(choice: Choice, run: Run, kind: str) -> Embedded:
    from explorer.model.positions import token_rows

    config, trace, ids = run.entry.config, run.stack(kind).embedding, run.queries(kind).ids
    rows = token_rows(load(choice.model).model, kind, ids)
    parts = (trace.token_embedding, trace.position_code, trace.output)
    return Embedded(rows, ids, *parts, config.positions, config.embedding_scale, kind)


def _current_pick(n: int, d: int) -> tuple[int, int, int]:
    which, pos, dim = st.session_state.get(PICK, (2, 1, 0))
    return which, min(pos, n - 1), min(dim, d - 1)


def _set_pick(which: int, pos: int, dim: int) -> None:
    st.session_state[PICK] = which, pos, dim
