"""Which function answers for which number."""

from __future__ import annotations

from collections.abc import Callable

from explorer.analysis.attention_layer import AttentionLayer
from explorer.analysis.numbers import output, projections, scores, softmax, states, values
from explorer.analysis.provenance import Provenance

# Each is called with the layer, the head, and the indices named here, all counted from 0.
QUANTITIES: dict[str, Callable[..., Provenance]] = {
    "x": states.x,  # position, dimension
    "c": states.c,  # position, dimension
    "before": states.before,  # position, dimension
    "w_q": projections.w_q,  # row, column
    "w_k": projections.w_k,
    "w_v": projections.w_v,
    "b_q": projections.b_q,  # row
    "b_k": projections.b_k,
    "b_v": projections.b_v,
    "q": projections.q,  # query, dimension
    "k": projections.k,  # key, dimension
    "v": projections.v,
    "product": scores.product,  # query, key, dimension
    "dot": scores.dot,  # query, key
    "root": scores.root,  # (no index)
    "position_bias": scores.position_bias,  # query, key; with relative positions only
    "score": scores.score,  # query, key
    "allowed": scores.allowed,  # query, key
    "masked": scores.masked,  # query, key
    "largest": softmax.largest,  # query
    "shifted": softmax.shifted,  # query, key
    "exponential": softmax.exponential,  # query, key
    "total": softmax.total,  # query
    "weight": softmax.weight,  # query, key
    "scaled_weight": softmax.scaled_weight,  # query, key: with the scale, whatever the model does
    "unscaled_weight": softmax.unscaled_weight,  # query, key: without it
    "scaled_entropy": softmax.scaled_entropy,  # query
    "unscaled_entropy": softmax.unscaled_entropy,
    "scaled_peak": softmax.scaled_peak,  # query
    "unscaled_peak": softmax.unscaled_peak,
    "weighted": values.weighted,  # query, key, dimension
    "y": values.y,  # query, dimension
    "head": values.head,  # head, query, dimension
    "w_o": output.w_o,  # row, column
    "b_o": output.b_o,  # row
    "contribution": output.contribution,  # head, query, dimension
    "output": output.output,  # query, dimension
    "sum": states.after_sum,  # position, dimension
    "mean": states.after_mean,  # position
    "variance": states.after_variance,  # position
    "normalised": states.after_normalised,  # position, dimension
    "gain": states.after_gain,  # dimension
    "bias": states.after_bias,  # dimension
    "after": states.after,  # position, dimension
}


def provenance(layer: AttentionLayer, head: int, name: str, index: tuple[int, ...]) -> Provenance:
    """Where the number ``name`` at ``index`` comes from, computed again and compared.

    Raises
    ------
    KeyError
        If there is no quantity of that name.
    IndexError
        If ``index`` lies outside of it.
    """
    if min(index, default=0) < 0 or not 0 <= head < layer.n_heads:
        raise IndexError(f"{name} has no place {index} in head {head}")
    return QUANTITIES[name](layer, head, *index)
