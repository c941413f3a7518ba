"""The boards of all queries at once: one row per position, with row i and column j marked."""

from __future__ import annotations

import numpy as np

from explorer.analysis.attention_layer import AttentionLayer
from explorer.analysis.board import COLUMN, ROW, Block, Board, Line
from explorer.analysis.numbers.scores import masked_scores, raw_scores
from explorer.analysis.numbers.softmax import exponentials, variant_weights
from explorer.analysis.numbers.states import state_sum
from explorer.analysis.place import Place, output_weight_lines, weight_lines


def input_board(layer: AttentionLayer, place: Place) -> Board:
    lines = []
    if not layer.post_norm:
        words = f"the residual stream: {layer.before.words}"
        lines.append(Line((_by_query(layer, place, "before", "R", layer.before.values, lit=False, words=words),)))
    lines.append(Line((_by_query(layer, place, "x", "X", layer.x.values, words=layer.x.words),)))
    if layer.cross:
        lines.append(Line((_by_key(layer, place, "c", "C", layer.c.values, words=layer.c.words),)))
    return Board(tuple(lines), (0 if layer.post_norm else 1, place.i, 0))


def projections_board(layer: AttentionLayer, place: Place) -> Board:
    h, t = place.head, layer.trace
    line = Line(
        (
            _by_query(layer, place, "q", "Q", t.q[h], role="q", words="queries"),
            _by_key(layer, place, "k", "K", t.k[h], role="k", words="keys"),
            _by_key(layer, place, "v", "V", t.v[h], role="v", words="values"),
        )
    )
    weights = weight_lines(layer, place) if place.weights else ()
    return Board((line, *weights), (0, place.i, 0))


def product_board(layer: AttentionLayer, place: Place) -> Board:
    h, t = place.head, layer.trace
    factors = Line(
        (
            _by_query(layer, place, "q", "Q", t.q[h], role="q", words="queries"),
            _by_key(layer, place, "k", "K", t.k[h], role="k", words="keys"),
        )
    )
    dots = _pairs(layer, place, "dot", "q_i^⊤ k_j", raw_scores(layer, h), words="products of all queries and keys")
    return Board((factors, Line((dots,))), (2, place.i, place.j))


def scale_board(layer: AttentionLayer, place: Place) -> Board:
    h = place.head
    scores = _pairs(layer, place, "score", "a_{ij}", layer.trace.scores[h], words="scores")
    lines = [Line((scores,))]
    if layer.relative is not None:
        about = "biases of the distances: each diagonal holds one number"
        biases = layer.trace.position_bias[h]
        lines = [Line((scores, _pairs(layer, place, "position_bias", "b_{ij}", biases, words=about)))]
    if place.compare:
        blocks = []
        for scaled in (layer.scaled, not layer.scaled):
            words = "with √m" if scaled else "without √m"
            name = "scaled_weight" if scaled else "unscaled_weight"
            own = scaled == layer.scaled
            about = f"weights {words}" + (", the model's own" if own else "")
            weights = variant_weights(layer, h, scaled)
            blocks.append(_pairs(layer, place, name, f"w_{{ij}} {words}", weights, role="weight", words=about))
        lines.append(Line(tuple(blocks), f"The model's own is {'with' if layer.scaled else 'without'} √m"))
    return Board(tuple(lines), (0, place.i, place.j))


def mask_board(layer: AttentionLayer, place: Place) -> Board:
    mask = _pairs(layer, place, "allowed", "mask_{ij}", layer.trace.mask[0], role="mask", words="mask, 1 where allowed")
    masked = _pairs(layer, place, "masked", "ã_{ij}", masked_scores(layer, place.head), words="masked scores")
    return Board((Line((mask, masked)),), (1, place.i, place.j))


def softmax_board(layer: AttentionLayer, place: Place) -> Board:
    h = place.head
    e = exponentials(layer, h)
    exponential = _pairs(layer, place, "exponential", "e_{ij}", e, role="weight", words="exponentials", lit=False)
    total = _by_query(layer, place, "total", "Σ_j e_{ij}", e.sum(-1)[:, None], role="plain", index=(ROW,), rows=())
    weights = _pairs(layer, place, "weight", "w_{ij}", layer.trace.weights[h], role="weight", words="weights")
    return Board((Line((exponential, total)), Line((weights,))), (2, place.i, place.j))


def values_board(layer: AttentionLayer, place: Place) -> Board:
    h, t = place.head, layer.trace
    lines = (
        Line((_pairs(layer, place, "weight", "w_{ij}", t.weights[h], role="weight", words="weights"),)),
        Line(("·", _by_key(layer, place, "v", "V", t.v[h], role="v", words="values"))),
        Line(("=", _by_query(layer, place, "y", "Y", t.heads[h], words=f"what head {h + 1} found"))),
    )
    return Board(lines, (2, place.i, 0))


def heads_board(layer: AttentionLayer, place: Place) -> Board:
    t, weights = layer.trace, output_weight_lines(layer, place) if place.weights else ()
    heads = tuple(
        _by_query(
            layer,
            place,
            "head",
            f"Y^{{({h + 1})}}",
            t.heads[h],
            index=(h, ROW, COLUMN),
            rows=layer.queries if h == 0 else (),
            lit=h == place.head,
            words=f"what head {h + 1} found",
        )
        for h in range(layer.n_heads)
    )
    output = _by_query(layer, place, "output", "O", t.output, words="the layer's output")
    board = Board((Line(heads), *weights, Line((output,))))
    return Board(board.lines, (len(board.blocks) - 1, place.i, 0))


def residual_board(layer: AttentionLayer, place: Place) -> Board:
    before, lines = layer.before, []
    lines.append(Line((_by_query(layer, place, "before", before.symbol.upper(), before.values, words=before.words),)))
    lines.append(Line(("+", _by_query(layer, place, "output", "O", layer.trace.output, words="the layer's output"))))
    if layer.after.norm is not None:
        total = _by_query(layer, place, "sum", "Z", state_sum(layer.after), words="the sum of the two", lit=False)
        lines.append(Line(("=", total)))
    lines.append(Line(("=", _by_query(layer, place, "after", "R'", layer.after.values, words=layer.after.words))))
    return Board(tuple(lines), (len(lines) - 1, place.i, 0))


def _pairs(layer: AttentionLayer, place: Place, name: str, label: str, values: np.ndarray, **options) -> Block:
    """A matrix [query, key]."""
    return Block(
        name,
        label,
        np.asarray(values, dtype=np.float32),
        options.pop("role", "signed"),
        (ROW, COLUMN),
        rows=layer.queries,
        columns=layer.keys,
        mark=(place.i, place.j),
        **options,
    )


def _by_query(layer: AttentionLayer, place: Place, name: str, label: str, values: np.ndarray, **options) -> Block:
    """A matrix with one row per query."""
    role, index = options.pop("role", "signed"), options.pop("index", (ROW, COLUMN))
    rows = options.pop("rows", layer.queries)
    return Block(name, label, values, role, index, rows=rows, mark=(place.i, -1), **options)


def _by_key(layer: AttentionLayer, place: Place, name: str, label: str, values: np.ndarray, **options) -> Block:
    """A matrix with one row per key."""
    role = options.pop("role", "signed")
    return Block(name, label, values, role, (ROW, COLUMN), rows=layer.keys, mark=(place.j, -1), **options)


MATRIX_BOARDS = {
    "input": input_board,
    "projections": projections_board,
    "product": product_board,
    "scale": scale_board,
    "mask": mask_board,
    "softmax": softmax_board,
    "values": values_board,
    "heads": heads_board,
    "residual": residual_board,
}
