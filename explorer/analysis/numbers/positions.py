"""The position code, and what it is added to: x = e + PE (paper, sections 3.4 and 3.5). Positions count from 0.

BERT adds the embedding of the segment too: x = e + PE + s (Devlin et al. 2019, Figure 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.numbers.lines import set_indices
from explorer.analysis.provenance import Provenance, factor, prove, sum_tex, tex
from explorer.model.weights import embedding_rows, position_table, segment_table

if TYPE_CHECKING:
    from explorer.model.run import Run
    from explorer.model.transformer import Transformer

READINGS = ("sinusoidal", "sinusoidal-board")  # the paper's, and the board's
HALVES = "sinusoidal-halves"  # the paper's numbers in Marian's order: all sines, then all cosines


@dataclass(frozen=True)
class Embedded:
    """What a stack makes of its tokens at every position, part by part, as the running model made it."""

    rows: np.ndarray  # [position, d_model], the embedding matrix's row of each token
    ids: tuple[int, ...]
    token_embedding: np.ndarray  # [position, d_model], times sqrt(d_model) where ``scaled``
    position_code: np.ndarray  # [position, d_model]
    output: np.ndarray  # [position, d_model], what the first block reads
    positions: str  # the config's: which kind of position code
    scaled: bool
    stack: str  # "encoder" or "decoder"
    sums: np.ndarray | None = None  # [position, d_model], the sum of the parts where a norm makes the output of it
    segments: np.ndarray | None = None  # [segment, d_model], learned; a text is the first segment
    table: np.ndarray | None = None  # [row, d_model], learned positions
    offset: int = 0  # position i has row i + offset of ``table``

    @property
    def total(self) -> np.ndarray:
        """The sum of the parts, [position, d_model]."""
        return self.output if self.sums is None else self.sums

    @property
    def d_model(self) -> int:
        return self.rows.shape[1]


def read_embedded(run: Run, model: Transformer, stack: str) -> Embedded:
    """The embedding of ``stack`` ("encoder" or "decoder") in a finished run."""
    config, trace, ids = run.entry.config, run.stack(stack).embedding, run.queries(stack).ids
    parts = (trace.token_embedding, trace.position_code, trace.output)
    return Embedded(
        embedding_rows(model, stack, ids),
        ids,
        *parts,
        config.positions,
        config.embedding_scale,
        stack,
        trace.total,
        segment_table(model, stack),
        position_table(model, stack),
        config.position_offset,
    )


def code(pos: int, dimension: int, d_model: int, reading: str, base: float, shown: float, source: str) -> Provenance:
    """PE(pos, dimension) of a sinusoidal code, counted from 0; ``shown`` is the model's own number."""
    half = d_model // 2
    pair, cosine = divmod(dimension, 2) if reading != HALVES else (dimension % half, dimension >= half)
    two_i, name = 2 * pair, "cos" if cosine else "sin"
    paper = reading != READINGS[1]
    d, b = d_model, f"{base:g}"
    angle = pos / base ** (two_i / d) if paper else (pos / base) ** (two_i / d)
    symbols = r"\frac{pos}{b^{\,2i/d}}" if paper else r"\big(\tfrac{pos}{b}\big)^{2i/d}"
    fraction, power = rf"\tfrac{{{pos}}}{{{b}}}", rf"{two_i}/{d}"
    numbers = rf"\frac{{{pos}}}{{{b}^{{\,{power}}}}}" if paper else rf"\big({fraction}\big)^{{{power}}}"
    line = "angle = pos / base ** (two_i / d)" if paper else "angle = (pos / base) ** (two_i / d)"
    if reading == HALVES:
        place, of_pair = "i + d/2" if cosine else "i", (pair, pair + half)
    else:
        place, of_pair = "2i+1" if cosine else "2i", (two_i, two_i + 1)
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
        note=f"Pair i = {pair}: dimension {of_pair[0]} is its sine, dimension {of_pair[1]} its cosine.",
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
    if x.positions in (*READINGS, HALVES):
        return code(pos, dimension, x.d_model, x.positions, 10000.0, shown, source)
    learned, table, row = x.positions == "learned", "P" if x.table is None else "W_P", "pos"
    if learned and x.offset:
        row = f"pos + {x.offset}"
    nothing = r"\text{this model adds no position code}"
    notes = {
        "relative": "Its positions are relative: they are added to the scores, see the boxes “biases”.",
        "learned": f"Row {pos + x.offset} of the learned table." if x.offset else "",
    }
    return prove(
        title=f"position code of pos {pos}, dimension {dimension}, both counted from 0",
        symbol=r"p_{pos, a}",
        formula=r"\text{learned in training}" if learned else nothing,
        substituted=tex(shown),
        code=[set_indices(pos=pos, a=dimension), f"result = {table}[{row}, a]" if learned else "result = 0.0"],
        arrays=_arrays(x),
        shown=shown,
        source=source,
        note=notes.get(x.positions, ""),
    )


def segment(x: Embedded, pos: int, dimension: int) -> Provenance:
    """s, the embedding of the first segment: the same at every position."""
    shown = x.segments[0, dimension]
    return prove(
        title=f"segment embedding at pos {pos}, dimension {dimension}, both counted from 0",
        symbol=r"s_{a}",
        formula=r"(W_S)_{0, a}\quad\text{learned in training}",
        substituted=tex(shown),
        code=[set_indices(a=dimension), "result = W_S[0, a]"],
        arrays=_arrays(x),
        shown=shown,
        source=f"{x.stack}.embedding.segment_embedding[{pos}, {dimension}] of the trace",
        note=f"W_S has {len(x.segments)} rows, one per segment. A single text is the first segment.",
    )


def total(x: Embedded, pos: int, dimension: int) -> Provenance:
    """x = e + p, and s where there are segments; a norm may follow."""
    parts = [x.token_embedding[pos, dimension], x.position_code[pos, dimension]]
    if x.segments is not None:
        parts.append(x.segments[0, dimension])
    segments = x.segments is not None
    return prove(
        title=f"the sum x at pos {pos}, dimension {dimension}, both counted from 0",
        symbol=r"x_{pos, a}",
        formula=r"e_{pos, a} + p_{pos, a}" + (" + s_{a}" if segments else ""),
        substituted=sum_tex([tex(part) for part in parts]),
        code=[
            set_indices(pos=pos, a=dimension),
            "e = np.sqrt(d) * W_E_rows[pos, a]" if x.scaled else "e = W_E_rows[pos, a]",
            "result = e + P[pos, a]" + (" + W_S[0, a]" if segments else ""),
        ],
        arrays=_arrays(x),
        shown=x.total[pos, dimension],
        source=f"{x.stack}.embedding.total[{pos}, {dimension}] of the trace",
    )


EMBEDDED = (token, position, total)  # in the order of the pictures


def _arrays(x: Embedded) -> dict:
    return {"W_E_rows": x.rows, "P": x.position_code, "d": x.d_model, "W_S": x.segments, "W_P": x.table}
