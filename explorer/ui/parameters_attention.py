"""One attention layer: its matrices to scale, the board's count and the exact one, and what lies between them."""

from __future__ import annotations

import streamlit as st

from explorer.analysis.parameters import AttentionCount
from explorer.components.attention_shapes import attention_shapes
from explorer.ui.lessons import lesson
from explorer.ui.shape import Shape

PAGE = "parameters"


def show_attention(shape: Shape) -> None:
    config = shape.config
    count = AttentionCount(config.n_heads, config.d_model, config.d_k, config.d_v, shape.output_size)
    st.markdown(lesson(PAGE, "attention"))
    attention_shapes(count, key="attention_shapes")
    # What stays the same stands by itself: the browser sets the formulas of a text anew whenever any of it changes.
    st.markdown("\n\n".join(_formulas(count)))
    st.markdown(lesson(PAGE, "board exact"))
    for section, numbers in _differences(count).items():
        st.markdown(lesson(PAGE, section))
        st.markdown(numbers)
    st.markdown(_code(count))
    st.markdown(lesson(PAGE, "linked"))


def _formulas(c: AttentionCount) -> list[str]:
    exact = rf"s\,(2dm + dl) + l\,s\,n = {n(c.s)}\,(2\cdot{n(c.d)}\cdot{n(c.m)} + {n(c.d)}\cdot{n(c.l)}) + "
    exact += rf"{n(c.l)}\cdot{n(c.s)}\cdot{n(c.n)} = \mathbf{{{n(c.exact)}}}"
    board = (
        rf"s\,(n^2 + dm + dl) = {n(c.s)}\,({n(c.n)}^2 + {n(c.d)}\cdot{n(c.m)} + {n(c.d)}\cdot{n(c.l)}) = {n(c.board)}"
    )
    return [rf"exact, without biases: $\displaystyle {exact}$", rf"board: $\displaystyle {board}$"]


def _differences(c: AttentionCount) -> dict[str, str]:
    """The numbers below each section of the lesson, in plain text: they change with every slider, and formulas are slow
    to set."""
    as_n = f"*s n* (*n* − *l*) = {c.s:,} · {c.n:,} · ({c.n:,} − {c.l:,}) = **{c.as_n:,}**".replace("-", "−")
    both = f"{c.board:,} + {c.once:,} {'−' if c.as_n >= 0 else '+'} {abs(c.as_n):,} = **{c.exact:,}**"
    good = c.board + c.once - c.as_n == c.exact
    return {
        "once": f"*s d m* = {c.s:,} · {c.d:,} · {c.m:,} = **{c.once:,}**",
        "as n": as_n,
        "together": f"{both} {'✓' if good else '✗'}",
    }


def _code(c: AttentionCount) -> str:
    return "\n".join(
        [
            "```python",
            f"s, d, m, l, n = {c.s}, {c.d}, {c.m}, {c.l}, {c.n}",
            f"s * (2 * d * m + d * l) + l * s * n  # {c.exact}",
            "```",
        ]
    )


def n(value: int) -> str:
    """A whole number in LaTeX, with thin spaces between thousands."""
    return f"{value:,}".replace(",", r"\,")
