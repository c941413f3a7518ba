"""All heads together: o_i = sum_h W_O^(h) y_i^(h), which is W_O times the concatenation (paper, section 3.2.2)."""

from __future__ import annotations

import numpy as np

from explorer.analysis.attention_layer import AttentionLayer
from explorer.analysis.numbers.lines import all_values, indented, masked_row, set_indices
from explorer.analysis.provenance import Provenance, products_tex, prove, sum_tex, terms_note, tex


def w_o(layer: AttentionLayer, head: int, row: int, column: int) -> Provenance:
    value = layer.weights.w_o[head, row, column]
    return prove(
        title=f"what head {head + 1} writes with, row {row + 1}, column {column + 1}",
        symbol=rf"(W_O^{{({head + 1})}})_{{{row + 1},{column + 1}}}",
        formula=r"\text{learned in training}",
        substituted=tex(value),
        code=[set_indices(h=head, b=row, a=column), "result = W_O[h, b, a]"],
        arrays=layer.arrays,
        shown=value,
        source=f"w_o.weight[{row}, {head * layer.d_v + column}] of the checkpoint",
        note=f"Columns {head * layer.d_v + 1} to {(head + 1) * layer.d_v} of W_O belong to head {head + 1}.",
    )


def b_o(layer: AttentionLayer, head: int, row: int) -> Provenance:
    value = layer.weights.b_o[row]
    return prove(
        title=f"bias of the output, row {row + 1}",
        symbol=f"(b_O)_{{{row + 1}}}",
        formula=r"\text{learned in training}",
        substituted=tex(value),
        code=[set_indices(b=row), "result = b_O[b]"],
        arrays=layer.arrays,
        shown=value,
        source=f"w_o.bias[{row}] of the checkpoint",
        note="It belongs to no head.",
    )


def contribution(layer: AttentionLayer, head: int, which: int, i: int, b: int) -> Provenance:
    y, row = layer.trace.heads[which, i], layer.weights.w_o[which, b]
    name = f"({which + 1})"
    return prove(
        title=f"what head {which + 1} adds to output {i + 1}, dimension {b + 1}",
        symbol=rf"(W_O^{{{name}}} y_i^{{{name}}})_{{{b + 1}}}",
        formula=rf"\sum_{{a=1}}^{{{len(y)}}} (W_O^{{{name}}})_{{{b + 1},a}}\,(y_i^{{{name}}})_a",
        substituted=products_tex(row, y),
        code=[
            set_indices(h=which, i=i, b=b),
            *masked_row(layer),
            all_values(layer),
            "y = softmax(scores) @ V",
            "result = (W_O[h] @ y)[b]",
        ],
        arrays=layer.arrays,
        shown=contributions(layer, i)[which, b],
        source=f"heads[{which}, {i}] of the layer's trace, times w_o.weight",
        note=terms_note(len(y)),
    )


def output(layer: AttentionLayer, head: int, i: int, b: int) -> Provenance:
    biased = layer.weights.b_o is not None
    terms = [tex(value) for value in contributions(layer, i)[:, b]] + ([tex(layer.weights.b_o[b])] if biased else [])
    return prove(
        title=f"output of the attention layer for query {i + 1}, dimension {b + 1}",
        symbol=f"(o_i)_{{{b + 1}}}",
        formula=rf"\sum_{{h=1}}^{{{layer.n_heads}}} (W_O^{{(h)}} y_i^{{(h)}})_{{{b + 1}}}"
        + (rf" + (b_O)_{{{b + 1}}}" if biased else ""),
        substituted=sum_tex(terms),
        code=[
            set_indices(i=i, b=b),
            "o = b_O" if biased else "o = 0",
            "for h in range(n_heads):",
            *indented([*masked_row(layer), all_values(layer), "y = softmax(scores) @ V", "o = o + W_O[h] @ y"]),
            "result = o[b]",
        ],
        arrays=layer.arrays,
        shown=layer.trace.output[i, b],
        source=f"output[{i}, {b}] of the layer's trace",
        note=terms_note(len(terms)),
    )


def contributions(layer: AttentionLayer, i: int) -> np.ndarray:
    """W_O^(h) y_i^(h) of every head, [head, d_model]; with the bias they sum to the output."""
    return np.einsum("hba,ha->hb", layer.weights.w_o, layer.trace.heads[:, i])
