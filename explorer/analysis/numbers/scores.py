"""From q_i and k_j to the masked score: the product, its sum, the division by sqrt(m), the mask (paper, equation 1).

With relative positions b_ij is added before the mask (Raffel et al. 2020, section 2.1).
"""

from __future__ import annotations

import numpy as np

from explorer.analysis.attention_layer import AttentionLayer
from explorer.analysis.numbers.lines import one_key, one_query, one_score, set_indices
from explorer.analysis.provenance import Provenance, factor, products_tex, prove, terms_note, tex


def product(layer: AttentionLayer, head: int, i: int, j: int, a: int) -> Provenance:
    q, k = layer.trace.q[head, i, a], layer.trace.k[head, j, a]
    return prove(
        title=f"term {a + 1} of the product of query {i + 1} and key {j + 1}",
        symbol=rf"(q_i)_{{{a + 1}}}\,(k_j)_{{{a + 1}}}",
        formula=rf"(q_i)_{{{a + 1}}}\cdot(k_j)_{{{a + 1}}}",
        substituted=rf"{tex(q)}\cdot{factor(k)}",
        code=[
            set_indices(h=head, i=i, j=j, a=a),
            one_query(layer),
            one_key(layer),
            "result = q[a] * k[a]",
        ],
        arrays=layer.arrays,
        shown=q * k,
        source=f"q[{head}, {i}, {a}] * k[{head}, {j}, {a}] of the layer's trace",
    )


def dot(layer: AttentionLayer, head: int, i: int, j: int) -> Provenance:
    q, k = layer.trace.q[head, i], layer.trace.k[head, j]
    return prove(
        title=f"product of query {i + 1} and key {j + 1}",
        symbol=r"q_i^\top k_j",
        formula=rf"\sum_{{a=1}}^{{{len(q)}}} (q_i)_a\,(k_j)_a",
        substituted=products_tex(q, k),
        code=[set_indices(h=head, i=i, j=j), one_query(layer), one_key(layer), "result = q @ k"],
        arrays=layer.arrays,
        shown=raw_scores(layer, head)[i, j],
        source=f"scores[{head}, {i}, {j}] of the layer's trace"
        + (", less its bias" if layer.relative is not None else "")
        + (", times √m" if layer.scaled else ""),
        note=terms_note(len(q)),
    )


def root(layer: AttentionLayer, head: int) -> Provenance:
    return prove(
        title="what the product is divided by",
        symbol=r"\sqrt{m}",
        formula=r"\sqrt{d_k}",
        substituted=rf"\sqrt{{{layer.d_k}}}",
        code=["result = np.sqrt(d_k)"],
        arrays=layer.arrays,
        shown=1 / layer.trace.scale if layer.scaled else np.sqrt(layer.d_k),
        source="1 / scale of the layer's trace"
        if layer.scaled
        else "d_k of the configuration; this model does not divide",
        note=f"m = d_k = {layer.d_k}, the length of each q and k.",
    )


def position_bias(layer: AttentionLayer, head: int, i: int, j: int) -> Provenance:
    """b_ij: the table's number for this head and this kind of distance."""
    found, distance, bucket = layer.relative, j - i, int(layer.buckets[i, j])
    value = layer.trace.position_bias[head, i, j]
    n = found.n_buckets // 2 if found.both_ways else found.n_buckets
    rule = "all kinds are for keys before the query: the others are masked"
    if found.both_ways:
        rule = "the first half of the kinds is for keys up to the query, the other half for those after it"
    return prove(
        title=f"bias of head {head + 1} for the distance from query {i + 1} to key {j + 1}",
        symbol="b_{ij}",
        formula=rf"B_{{\mathrm{{bucket}}(j - i),\,{head + 1}}}",
        substituted=rf"B_{{\mathrm{{bucket}}({distance}),\,{head + 1}}} = B_{{{bucket + 1},\,{head + 1}}}",
        code=[
            set_indices(h=head, i=i, j=j),
            f"n, top = {n}, {found.max_distance}",
            "a = abs(j - i)" if found.both_ways else "a = max(i - j, 0)",
            "e = n // 2  # below e each has its own",
            "if a >= e:  # then by the logarithm",
            "    f = np.float32  # as the model does",
            "    x = np.log(f(a) / f(e))",
            "    x = x / f(np.log(top / e))",
            "    x = e + int(x * f(n - e))",
            "    a = min(x, n - 1)",
            "r = a + n if j > i else a" if found.both_ways else "r = a",
            "result = B[r, h]",
        ],
        arrays=layer.arrays,
        shown=value,
        source=f"position_bias[{head}, {i}, {j}] of the layer's trace, "
        f"position_bias.weight[{bucket}, {head}] of the checkpoint",
        note=f"Distance {distance} is of kind {bucket + 1} of {found.n_buckets}; {rule}. "
        "The table was learned, and all layers of this stack share it.",
    )


def score(layer: AttentionLayer, head: int, i: int, j: int) -> Provenance:
    raw, relative = raw_scores(layer, head)[i, j], layer.relative is not None
    bias = f" + {factor(layer.trace.position_bias[head, i, j])}" if relative else ""
    return prove(
        title=f"score of query {i + 1} on key {j + 1}",
        symbol=r"a_{ij}",
        formula=(r"\frac{q_i^\top k_j}{\sqrt{m}}" if layer.scaled else r"q_i^\top k_j")
        + (" + b_{ij}" if relative else ""),
        substituted=(rf"\frac{{{tex(raw)}}}{{\sqrt{{{layer.d_k}}}}}" if layer.scaled else tex(raw)) + bias,
        code=[set_indices(h=head, i=i, j=j), one_query(layer), one_key(layer), *one_score(layer), "result = score"],
        arrays=layer.arrays,
        shown=layer.trace.scores[head, i, j],
        source=f"scores[{head}, {i}, {j}] of the layer's trace",
        note=" ".join(
            filter(
                None,
                [
                    "" if layer.scaled else "This model does not divide by √m.",
                    "b is the bias of the distance: buckets says which row of its table B." if relative else "",
                ],
            )
        ),
    )


def allowed(layer: AttentionLayer, head: int, i: int, j: int) -> Provenance:
    rule = r"1 \text{ if } j \le i, \text{ else } 0" if layer.causal else r"1 \text{ for every } j"
    return prove(
        title=f"may query {i + 1} look at key {j + 1}?",
        symbol=r"\mathrm{mask}_{ij}",
        formula=rule,
        substituted=rf"{j + 1} \le {i + 1}\,?" if layer.causal else "1",
        code=[
            set_indices(i=i, j=j),
            "mask = np.arange(n_keys) <= i" if layer.causal else "mask = np.ones(n_keys, dtype=bool)",
            "result = mask[j]",
        ],
        arrays=layer.arrays,
        shown=layer.trace.mask[0, i, j],
        source=f"mask[0, {i}, {j}] of the layer's trace",
        note="1 means yes, 0 means no; the mask is the same for every head.",
    )


def masked(layer: AttentionLayer, head: int, i: int, j: int) -> Provenance:
    may = bool(layer.trace.mask[0, i, j])
    return prove(
        title=f"masked score of query {i + 1} on key {j + 1}",
        symbol=r"\tilde a_{ij}",
        formula=r"a_{ij} \text{ if } \mathrm{mask}_{ij} = 1, \text{ else } -\infty",
        substituted=tex(layer.trace.scores[head, i, j]) if may else r"-\infty",
        code=[
            set_indices(h=head, i=i, j=j),
            one_query(layer),
            one_key(layer),
            *one_score(layer),
            "if not mask[i, j]:",
            "    score = -np.inf",
            "result = score",
        ],
        arrays=layer.arrays,
        shown=masked_scores(layer, head)[i, j],
        source=f"scores[{head}, {i}, {j}] and mask[0, {i}, {j}] of the layer's trace",
        note="" if may else "Minus infinity, so that its exponential, and with it the weight, is exactly 0.",
    )


def raw_scores(layer: AttentionLayer, head: int) -> np.ndarray:
    """q_i . k_j before the scale, [query, key]: the trace's scores, bias and scale taken out again."""
    scores = layer.trace.scores[head]
    if layer.relative is not None:
        scores = scores - layer.trace.position_bias[head]
    return scores / np.float32(layer.trace.scale)


def masked_scores(layer: AttentionLayer, head: int) -> np.ndarray:
    """[query, key], minus infinity where the query may not look."""
    return np.where(layer.trace.mask[0], layer.trace.scores[head], np.float32(-np.inf))
