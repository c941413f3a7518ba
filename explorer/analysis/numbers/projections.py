"""W_Q, W_K and W_V, and what they make: q_i = W_Q x_i, k_j = W_K c_j, v_j = W_V c_j (paper, section 3.2.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.analysis.attention_layer import AttentionLayer, State
from explorer.analysis.numbers.lines import one_key, one_query, one_value, set_indices
from explorer.analysis.provenance import Provenance, products_tex, prove, terms_note, tex


@dataclass(frozen=True)
class Projection:
    """One of the three, and what it is called in each place."""

    letter: str  # "q"
    words: str
    position: str  # "i"
    state: State
    matrix: np.ndarray  # [head, d_k or d_v, d_model]
    bias: np.ndarray | None
    made: np.ndarray  # [head, position, d_k or d_v], the model's own
    line: str

    @property
    def capital(self) -> str:
        return self.letter.upper()


def projection(layer: AttentionLayer, letter: str) -> Projection:
    w, t = layer.weights, layer.trace
    return {
        "q": lambda: Projection("q", "query", "i", layer.x, w.w_q, w.b_q, t.q, one_query(layer)),
        "k": lambda: Projection("k", "key", "j", layer.c, w.w_k, w.b_k, t.k, one_key(layer)),
        "v": lambda: Projection("v", "value", "j", layer.c, w.w_v, w.b_v, t.v, one_value(layer)),
    }[letter]()


def q(layer: AttentionLayer, head: int, i: int, a: int) -> Provenance:
    return _made(layer, projection(layer, "q"), head, i, a)


def k(layer: AttentionLayer, head: int, j: int, a: int) -> Provenance:
    return _made(layer, projection(layer, "k"), head, j, a)


def v(layer: AttentionLayer, head: int, j: int, a: int) -> Provenance:
    return _made(layer, projection(layer, "v"), head, j, a)


def w_q(layer: AttentionLayer, head: int, row: int, column: int) -> Provenance:
    return _weight(layer, projection(layer, "q"), head, row, column)


def w_k(layer: AttentionLayer, head: int, row: int, column: int) -> Provenance:
    return _weight(layer, projection(layer, "k"), head, row, column)


def w_v(layer: AttentionLayer, head: int, row: int, column: int) -> Provenance:
    return _weight(layer, projection(layer, "v"), head, row, column)


def b_q(layer: AttentionLayer, head: int, row: int) -> Provenance:
    return _bias(layer, projection(layer, "q"), head, row)


def b_k(layer: AttentionLayer, head: int, row: int) -> Provenance:
    return _bias(layer, projection(layer, "k"), head, row)


def b_v(layer: AttentionLayer, head: int, row: int) -> Provenance:
    return _bias(layer, projection(layer, "v"), head, row)


def _made(layer: AttentionLayer, p: Projection, head: int, position: int, a: int) -> Provenance:
    x, matrix, at = p.state.values[position], p.matrix[head], p.position
    bias_tex = "" if p.bias is None else rf" + (b_{p.capital})_{{{a + 1}}}"
    bias_number = "" if p.bias is None else f" + {tex(p.bias[head, a])}"
    state = "c_j" if layer.cross and at == "j" else f"x_{at}"
    return prove(
        title=f"{p.words} of position {position + 1}, dimension {a + 1}",
        symbol=rf"({p.letter}_{at})_{{{a + 1}}}",
        formula=rf"\sum_{{b=1}}^{{{len(x)}}} (W_{p.capital})_{{{a + 1},b}}\,({state})_b{bias_tex}",
        substituted=products_tex(matrix[a], x) + bias_number,
        code=[set_indices(h=head, **{at: position}, a=a), p.line, f"result = {p.letter}[a]"],
        arrays=layer.arrays,
        shown=p.made[head, position, a],
        source=f"{p.letter}[{head}, {position}, {a}] of the layer's trace",
        note=terms_note(len(x)),
    )


def _weight(layer: AttentionLayer, p: Projection, head: int, row: int, column: int) -> Provenance:
    size = p.matrix.shape[1]
    value = p.matrix[head, row, column]
    return prove(
        title=f"weight of head {head + 1}, row {row + 1}, column {column + 1}",
        symbol=rf"(W_{p.capital})_{{{row + 1},{column + 1}}}",
        formula=r"\text{learned in training}",
        substituted=tex(value),
        code=[set_indices(h=head, a=row, b=column), f"result = W_{p.capital}[h, a, b]"],
        arrays=layer.arrays,
        shown=value,
        source=f"w_{p.letter}.weight[{head * size + row}, {column}] of the checkpoint",
        note=f"Row {row + 1} makes number {row + 1} of each {p.words}; heads lie one above the other in the file.",
    )


def _bias(layer: AttentionLayer, p: Projection, head: int, row: int) -> Provenance:
    value = p.bias[head, row]
    return prove(
        title=f"bias of head {head + 1}, row {row + 1}",
        symbol=rf"(b_{p.capital})_{{{row + 1}}}",
        formula=r"\text{learned in training}",
        substituted=tex(value),
        code=[set_indices(h=head, a=row), f"result = b_{p.capital}[h, a]"],
        arrays=layer.arrays,
        shown=value,
        source=f"w_{p.letter}.bias[{head * p.bias.shape[1] + row}] of the checkpoint",
    )
