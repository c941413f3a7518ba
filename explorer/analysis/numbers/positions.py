"""The position code, and what it is added to: x = e + PE (paper, sections 3.4 and 3.5). Positions count from 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.analysis.numbers.lines import set_indices
from explorer.analysis.provenance import Provenance, factor, prove, tex

READINGS = ("sinusoidal", "sinusoidal-board")  # the paper's, and the board's


@dataclass(frozen=True)
class Embedded:
    """What enters the first block at every position, and its two parts, as the running model made them."""

    rows: np.ndarray  # [position, d_model], the embedding matrix's row of each token
    ids: tuple[int, ...]
    token_embedding: np.ndarray  # [position, d_model], times sqrt(d_model) where ``scaled``
    position_code: np.ndarray  # [position, d_model]
    output: np.ndarray  # [position, d_model]
    positions: str  # the config's: which kind of position code
    scaled: bool
    stack: str  # "encoder" or "decoder"

    @property
    def d_model(self) -> int:
        return self.rows.shape[1]


def code(pos: int, dimension: int, d_model: int, reading: str, base: float, shown: float, source: str) -> Provenance:
    """PE(pos, dimension) of a sinusoidal code, counted from 0; ``shown`` is the model's own number."""
    two_i, name = dimension - dimension % 2, "cos" if dimension % 2 else "sin"
    paper = reading == READINGS[0]
    d, b = d_model, f"{base:g}"
    angle = pos / base ** (two_i / d) if paper else (pos / base) ** (two_i / d)
    symbols = r"\frac{pos}{b^{\,2i/d}}" if paper else r"\big(\tfrac{pos}{b}\big)^{2i/d}"
    fraction, power = rf"\tfrac{{{pos}}}{{{b}}}", rf"{two_i}/{d}"
    numbers = rf"\frac{{{pos}}}{{{b}^{{\,{power}}}}}" if paper else rf"\big({fraction}\big)^{{{power}}}"
    line = "angle = pos / base ** (two_i / d)" if paper else "angle = (pos / base) ** (two_i / d)"
    place = "2i+1" if dimension % 2 else "2i"
    return prove(
        title=f"position code of pos {pos}, dimension {dimension}, both counted from 0",
        symbol=rf"PE(pos, {place})",
        formula=rf"\{name}\left({symbols}\right)",
        substituted=rf"\{name}\left({numbers}\right) = \{name}({tex(angle)})",
        code=[
            set_indices(pos=pos, two_i=two_i, d=d),
            f"base = {base!r}",
            line,
            f"result = np.{name}(angle)",
        ],
        arrays={},
        shown=shown,
        source=source,
        note=f"Pair i = {two_i // 2}: dimension {two_i} is its sine, dimension {two_i + 1} its cosine.",
    )


def token(x: Embedded, pos: int, dimension: int) -> Provenance:
    """e, the token's row of the embedding matrix, times sqrt(d) where the model scales it."""
    row = x.rows[pos, dimension]
    scale = rf"\sqrt{{{x.d_model}}}\cdot{factor(row)}" if x.scaled else tex(row)
    return prove(
        title=f"token embedding at pos {pos}, dimension {dimension}, both counted from 0",
        symbol=r"e_{pos, a}",
        formula=r"\sqrt{d}\;(W_E)_{id, a}" if x.scaled else r"(W_E)_{id, a}",
        substituted=scale,
        code=[
            set_indices(pos=pos, a=dimension),
            "w = W_E_rows[pos, a]  # row ids[pos] of W_E",
            "result = np.sqrt(d) * w" if x.scaled else "result = w",
        ],
        arrays=_arrays(x),
        shown=x.token_embedding[pos, dimension],
        source=f"{x.stack}.embedding.token_embedding[{pos}, {dimension}] of the trace",
        note=f"Token {x.ids[pos]}: row {x.ids[pos]} of the learned matrix.",
    )


def position(x: Embedded, pos: int, dimension: int) -> Provenance:
    """p, the position's code: computed, learned, or 0."""
    shown = x.position_code[pos, dimension]
    source = f"{x.stack}.embedding.position_code[{pos}, {dimension}] of the trace"
    if x.positions in READINGS:
        return code(pos, dimension, x.d_model, x.positions, 10000.0, shown, source)
    learned = x.positions == "learned"
    return prove(
        title=f"position code of pos {pos}, dimension {dimension}, both counted from 0",
        symbol=r"p_{pos, a}",
        formula=r"\text{learned in training}" if learned else r"\text{this model adds no position code}",
        substituted=tex(shown),
        code=[set_indices(pos=pos, a=dimension), "result = P[pos, a]" if learned else "result = 0.0"],
        arrays=_arrays(x),
        shown=shown,
        source=source,
    )


def total(x: Embedded, pos: int, dimension: int) -> Provenance:
    """x = e + p, what the first block reads."""
    e, p = x.token_embedding[pos, dimension], x.position_code[pos, dimension]
    return prove(
        title=f"the sum x at pos {pos}, dimension {dimension}, both counted from 0",
        symbol=r"x_{pos, a}",
        formula=r"e_{pos, a} + p_{pos, a}",
        substituted=f"{tex(e)} + {factor(p)}",
        code=[
            set_indices(pos=pos, a=dimension),
            "e = np.sqrt(d) * W_E_rows[pos, a]" if x.scaled else "e = W_E_rows[pos, a]",
            "result = e + P[pos, a]",
        ],
        arrays=_arrays(x),
        shown=x.output[pos, dimension],
        source=f"{x.stack}.embedding.output[{pos}, {dimension}] of the trace",
    )


EMBEDDED = (token, position, total)  # in the order of the pictures


def _arrays(x: Embedded) -> dict:
    return {"W_E_rows": x.rows, "P": x.position_code, "d": x.d_model}
