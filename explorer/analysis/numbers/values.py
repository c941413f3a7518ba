"""The weighted sum of the values: y_i = sum_j w_ij v_j (paper, equation 1)."""

from __future__ import annotations

from explorer.analysis.attention_layer import AttentionLayer
from explorer.analysis.numbers.lines import all_values, masked_row, one_value, set_indices
from explorer.analysis.provenance import Provenance, factor, products_tex, prove, terms_note, tex


def weighted(layer: AttentionLayer, head: int, i: int, j: int, a: int) -> Provenance:
    weight, value = layer.trace.weights[head, i, j], layer.trace.v[head, j, a]
    return prove(
        title=f"what key {j + 1} gives to query {i + 1}, dimension {a + 1}",
        symbol=rf"w_{{ij}}\,(v_j)_{{{a + 1}}}",
        formula=rf"w_{{ij}}\cdot(v_j)_{{{a + 1}}}",
        substituted=rf"{tex(weight)}\cdot{factor(value)}",
        code=[
            set_indices(h=head, i=i, j=j, a=a),
            *masked_row(layer),
            one_value(layer),
            "w = softmax(scores)",
            "result = w[j] * v[a]",
        ],
        arrays=layer.arrays,
        shown=weight * value,
        source=f"weights[{head}, {i}, {j}] * v[{head}, {j}, {a}] of the layer's trace",
    )


def y(layer: AttentionLayer, head: int, i: int, a: int) -> Provenance:
    weights, values = layer.trace.weights[head, i], layer.trace.v[head, :, a]
    return prove(
        title=f"output of head {head + 1} for query {i + 1}, dimension {a + 1}",
        symbol=f"(y_i)_{{{a + 1}}}",
        formula=rf"\sum_{{j=1}}^{{{len(values)}}} w_{{ij}}\,(v_j)_{{{a + 1}}}",
        substituted=products_tex(weights, values),
        code=[
            set_indices(h=head, i=i, a=a),
            *masked_row(layer),
            all_values(layer),
            "y = softmax(scores) @ V",
            "result = y[a]",
        ],
        arrays=layer.arrays,
        shown=layer.trace.heads[head, i, a],
        source=f"heads[{head}, {i}, {a}] of the layer's trace",
        note=terms_note(len(values)),
    )


def head(layer: AttentionLayer, head: int, which: int, i: int, a: int) -> Provenance:
    """Like ``y``, for any head of the layer: what the concatenation is made of."""
    return y(layer, which, i, a)
