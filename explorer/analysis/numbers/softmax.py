"""The softmax over the keys of one query, number by number (paper, equation 1), with the scale and without it."""

from __future__ import annotations

import numpy as np

from explorer.analysis.attention_layer import AttentionLayer
from explorer.analysis.numbers.lines import masked_row, set_indices
from explorer.analysis.numbers.scores import masked_scores, raw_scores
from explorer.analysis.provenance import Provenance, factor, prove, sum_tex, terms_note, tex

SCORE = r"\tilde a_{ij}"
EXPONENTIALS = "e = np.exp(scores - scores.max())"
MAXIMUM = r"\max_{j'} \tilde a_{ij'}"


def largest(layer: AttentionLayer, head: int, i: int) -> Provenance:
    row = masked_scores(layer, head)[i]
    values = row[np.isfinite(row)]
    shown = [tex(value) for value in values[:4]]
    if len(values) > 4:
        shown.append(r"\dots")
    return prove(
        title=f"largest score of query {i + 1}",
        symbol=MAXIMUM,
        formula=r"\text{the largest } \tilde a_{ij} \text{ of the row}",
        substituted=rf"\max({', '.join(shown)})",
        code=[set_indices(h=head, i=i), *masked_row(layer), "result = scores.max()"],
        arrays=layer.arrays,
        shown=row.max(),
        source=f"scores[{head}, {i}] of the layer's trace, its largest",
        note=f"Over {len(values)} keys. Subtracting it changes no weight, and keeps the exponentials from overflowing.",
    )


def shifted(layer: AttentionLayer, head: int, i: int, j: int) -> Provenance:
    row = masked_scores(layer, head)[i]
    return prove(
        title=f"score of query {i + 1} on key {j + 1}, minus the largest",
        symbol=SCORE + r" - \max",
        formula=f"{SCORE} - {MAXIMUM}",
        substituted=f"{tex(row[j])} - {factor(row.max())}",
        code=[set_indices(h=head, i=i, j=j), *masked_row(layer), "result = scores[j] - scores.max()"],
        arrays=layer.arrays,
        shown=shifted_scores(layer, head)[i, j],
        source=f"scores[{head}, {i}] of the layer's trace",
    )


def exponential(layer: AttentionLayer, head: int, i: int, j: int) -> Provenance:
    row = shifted_scores(layer, head)[i]
    return prove(
        title=f"exponential of query {i + 1} and key {j + 1}",
        symbol=r"e_{ij}",
        formula=rf"\exp({SCORE} - \max)",
        substituted=rf"\exp({tex(row[j])})",
        code=[
            set_indices(h=head, i=i, j=j),
            *masked_row(layer),
            EXPONENTIALS,
            "result = e[j]",
        ],
        arrays=layer.arrays,
        shown=exponentials(layer, head)[i, j],
        source=f"scores[{head}, {i}] of the layer's trace",
    )


def total(layer: AttentionLayer, head: int, i: int) -> Provenance:
    row = exponentials(layer, head)[i]
    n_allowed = int(layer.trace.mask[0, i].sum())
    return prove(
        title=f"sum of the exponentials of query {i + 1}",
        symbol=r"Z_i",
        formula=r"\sum_j e_{ij}",
        substituted=sum_tex([tex(value) for value in row[layer.trace.mask[0, i]]]),
        code=[set_indices(h=head, i=i), *masked_row(layer), EXPONENTIALS, "result = e.sum()"],
        arrays=layer.arrays,
        shown=row.sum(),
        source=f"scores[{head}, {i}] of the layer's trace",
        note=terms_note(n_allowed),
    )


def weight(layer: AttentionLayer, head: int, i: int, j: int) -> Provenance:
    row = exponentials(layer, head)[i]
    return prove(
        title=f"weight of query {i + 1} on key {j + 1}",
        symbol=r"w_{ij}",
        formula=r"\mathrm{softmax}_j(\tilde a_{ij}) = \frac{e_{ij}}{\sum_{j'} e_{ij'}}",
        substituted=rf"\frac{{{tex(row[j])}}}{{{tex(row.sum())}}}",
        code=[
            set_indices(h=head, i=i, j=j),
            *masked_row(layer),
            EXPONENTIALS,
            "weights = e / e.sum()",
            "result = weights[j]",
        ],
        arrays=layer.arrays,
        shown=layer.trace.weights[head, i, j],
        source=f"weights[{head}, {i}, {j}] of the layer's trace",
        note=f"The keys that the sum runs over: {int(layer.trace.mask[0, i].sum())}.",
    )


def scaled_weight(layer: AttentionLayer, head: int, i: int, j: int) -> Provenance:
    return _variant_weight(layer, head, i, j, scaled=True)


def unscaled_weight(layer: AttentionLayer, head: int, i: int, j: int) -> Provenance:
    return _variant_weight(layer, head, i, j, scaled=False)


def scaled_entropy(layer: AttentionLayer, head: int, i: int) -> Provenance:
    return _entropy(layer, head, i, scaled=True)


def unscaled_entropy(layer: AttentionLayer, head: int, i: int) -> Provenance:
    return _entropy(layer, head, i, scaled=False)


def scaled_peak(layer: AttentionLayer, head: int, i: int) -> Provenance:
    return _peak(layer, head, i, scaled=True)


def unscaled_peak(layer: AttentionLayer, head: int, i: int) -> Provenance:
    return _peak(layer, head, i, scaled=False)


def shifted_scores(layer: AttentionLayer, head: int) -> np.ndarray:
    scores = masked_scores(layer, head)
    return scores - scores.max(-1, keepdims=True)


def exponentials(layer: AttentionLayer, head: int) -> np.ndarray:
    """[query, key]; exactly 0 where masked."""
    return np.exp(shifted_scores(layer, head))


def variant_weights(layer: AttentionLayer, head: int, scaled: bool) -> np.ndarray:
    """The weights [query, key] with the scale or without it; those of the model itself are taken from its trace."""
    if scaled == layer.scaled:
        return layer.trace.weights[head]
    raw = raw_scores(layer, head)
    scores = raw / np.sqrt(np.float32(layer.d_k)) if scaled else raw
    if layer.relative is not None:
        scores = scores + layer.trace.position_bias[head]
    scores = np.where(layer.trace.mask[0], scores, np.float32(-np.inf))
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def entropy(weights: np.ndarray) -> np.ndarray:
    """-sum_j w_j log2 w_j over the last axis, in bits; a weight of 0 adds nothing."""
    safe = np.where(weights > 0, weights, 1)
    return -(weights * np.log2(safe)).sum(-1)


def _variant(layer: AttentionLayer, scaled: bool) -> tuple[str, str]:
    """(in words, where its numbers lie)"""
    words = "with √m" if scaled else "without √m"
    if scaled == layer.scaled:
        return words, "weights[{head}, {i}] of the layer's trace"
    return words, "scores[{head}, {i}] of the layer's trace; the model itself does not take this path"


def _variant_weight(layer: AttentionLayer, head: int, i: int, j: int, scaled: bool) -> Provenance:
    words, source = _variant(layer, scaled)
    raw, relative = raw_scores(layer, head)[i], layer.relative is not None

    def exponential_tex(key: int) -> str:
        bias = f" + {factor(layer.trace.position_bias[head, i, key])}" if relative else ""
        divided = rf"/\sqrt{{{layer.d_k}}}" if scaled else ""
        return f"e^{{{tex(raw[key])}{divided}{bias}}}"

    terms = [exponential_tex(key) for key in np.flatnonzero(layer.trace.mask[0, i])]
    symbol = r"q_i^\top k_j" + (r"/\sqrt m" if scaled else "") + (" + b_{ij}" if relative else "")
    above = exponential_tex(j) if layer.trace.mask[0, i, j] else r"e^{-\infty}"
    return prove(
        title=f"weight of query {i + 1} on key {j + 1}, {words}",
        symbol=r"w_{ij}",
        formula=rf"\mathrm{{softmax}}_j\!\left({symbol}\right)",
        substituted=rf"\frac{{{above}}}{{{sum_tex(terms, shown=2)}}}",
        code=[set_indices(h=head, i=i, j=j), *masked_row(layer, scaled), "result = softmax(scores)[j]"],
        arrays=layer.arrays,
        shown=variant_weights(layer, head, scaled)[i, j],
        source=source.format(head=head, i=i),
        note=terms_note(len(terms)),
    )


def _entropy(layer: AttentionLayer, head: int, i: int, scaled: bool) -> Provenance:
    words, source = _variant(layer, scaled)
    row = variant_weights(layer, head, scaled)[i]
    terms = [rf"{tex(p)}\log_2 {tex(p)}" for p in row[row > 0]]
    return prove(
        title=f"entropy of query {i + 1}'s weights, {words}",
        symbol="H_i",
        formula=r"-\sum_j w_{ij} \log_2 w_{ij}",
        substituted=f"-({sum_tex(terms, shown=2)})",
        code=[
            set_indices(h=head, i=i),
            *masked_row(layer, scaled),
            "w = softmax(scores)",
            "w = w[w > 0]  # 0 log 0 is 0",
            "result = -(w * np.log2(w)).sum()",
        ],
        arrays=layer.arrays,
        shown=entropy(row),
        source=source.format(head=head, i=i),
        note=f"In bits: 0 is one key alone; {tex(np.log2(max(int(layer.trace.mask[0, i].sum()), 1)))} is all alike.",
    )


def _peak(layer: AttentionLayer, head: int, i: int, scaled: bool) -> Provenance:
    words, source = _variant(layer, scaled)
    row = variant_weights(layer, head, scaled)[i]
    return prove(
        title=f"largest weight of query {i + 1}, {words}",
        symbol=r"\max_j w_{ij}",
        formula=r"\max_j \mathrm{softmax}_j(\dots)",
        substituted=rf"w_{{{i + 1},{int(row.argmax()) + 1}}}",
        code=[set_indices(h=head, i=i), *masked_row(layer, scaled), "result = softmax(scores).max()"],
        arrays=layer.arrays,
        shown=row.max(),
        source=source.format(head=head, i=i),
    )
