"""The boards of one query: row i of everything, in vectors and single numbers."""

from __future__ import annotations

import numpy as np

from explorer.analysis.attention_layer import AttentionLayer
from explorer.analysis.board import COLUMN, ROW, Block, Board, Line
from explorer.analysis.numbers.output import contributions
from explorer.analysis.numbers.scores import masked_scores, raw_scores
from explorer.analysis.numbers.softmax import entropy, exponentials, shifted_scores, variant_weights
from explorer.analysis.numbers.states import norm_terms, state_sum
from explorer.analysis.place import Place, key_column, number, output_weight_lines, source_label, weight_lines


def input_board(layer: AttentionLayer, place: Place) -> Board:
    i, j, lines = place.i, place.j, []
    if not layer.post_norm:
        words = f"the residual stream at query {i + 1}: {layer.before.words}"
        r = Block("before", "r_i", layer.before.values[i], "signed", (i, COLUMN), lit=False, words=words)
        lines.append(Line((r,), "The residual stream; the layer reads its norm"))
    asks = Block("x", "x_i", layer.x.values[i], "signed", (i, COLUMN), words=f"{layer.x.words}, query {i + 1}")
    looked = Block(
        "c" if layer.cross else "x",
        source_label(layer),
        layer.c.values[j],
        "signed",
        (j, COLUMN),
        words=f"{layer.c.words}, key {j + 1}",
    )
    x_caption = f"Query {i + 1}, {layer.queries[i]}: {layer.x.words}"
    lines += [Line((asks,), x_caption), Line((looked,), f"Key {j + 1}, {layer.keys[j]}: {layer.c.words}")]
    return Board(tuple(lines), (len(lines) - 2, 0, 0))


def projections_board(layer: AttentionLayer, place: Place) -> Board:
    h, i, j, t = place.head, place.i, place.j, layer.trace
    lines = (
        Line((Block("q", "q_i", t.q[h, i], "q", (i, COLUMN), words=f"query {i + 1}"),)),
        Line((Block("k", "k_j", t.k[h, j], "k", (j, COLUMN), words=f"key {j + 1}"),)),
        Line((Block("v", "v_j", t.v[h, j], "v", (j, COLUMN), words=f"value {j + 1}"),)),
    )
    if place.weights:
        lines = tuple(line for pair in zip(lines, weight_lines(layer, place), strict=True) for line in pair)
    return Board(lines, (0, 0, 0))


def product_board(layer: AttentionLayer, place: Place) -> Board:
    h, i, j = place.head, place.i, place.j
    q, k = layer.trace.q[h, i], layer.trace.k[h, j]
    words = "products, term by term"
    lines = (
        Line((Block("q", "q_i", q, "q", (i, COLUMN), words=f"query {i + 1}"),)),
        Line(("·", Block("k", "k_j", k, "k", (j, COLUMN), words=f"key {j + 1}"))),
        Line(("=", Block("product", "q_i ⊙ k_j", q * k, "signed", (i, j, COLUMN), words=words))),
        Line(("Σ", number("dot", "q_i^⊤ k_j", raw_scores(layer, h)[i, j], (i, j), "the sum of the products"))),
    )
    return Board(lines, (3, 0, 0))


def scale_board(layer: AttentionLayer, place: Place) -> Board:
    h, i, j = place.head, place.i, place.j
    score = layer.trace.scores[h, i, j]
    dot = number("dot", "q_i^⊤ k_j", raw_scores(layer, h)[i, j], (i, j), "the product", lit=False)
    root = number("root", "√m", np.sqrt(layer.d_k), (), "the root of the length of q and k", lit=layer.scaled)
    result = number("score", "a_{ij}", score, (i, j), "the score")
    divided = (dot, "/", root) if layer.scaled else (dot,)
    columns = [key_column(layer, place, "dot", "q_i^⊤ k_j", raw_scores(layer, h)[i], lit=False, rows=layer.keys)]
    if layer.relative is not None:
        biases, words = layer.trace.position_bias[h, i], "the bias of the distance from query to key"
        divided += ("+", number("position_bias", "b_{ij}", biases[j], (i, j), words))
        columns.append(key_column(layer, place, "position_bias", "b_{ij}", biases, words="biases of the distances"))
    division = Line((*divided, "=", result), "" if layer.scaled else "No division here")
    summaries = []
    shown = (layer.scaled, not layer.scaled) if place.compare else (layer.scaled,)
    for scaled in shown:
        name, words = ("scaled", "with √m") if scaled else ("unscaled", "without √m")
        own = scaled == layer.scaled
        row = variant_weights(layer, h, scaled)[i]
        about = f"weights {words}" + (", the model's own" if own else "")
        columns.append(key_column(layer, place, f"{name}_weight", words, row, role="weight", words=about))
        numbers = (
            number(f"{name}_entropy", "H_i", entropy(row), (i,), f"entropy {words}, in bits", lit=not own),
            number(f"{name}_peak", "max w_{ij}", row.max(), (i,), f"largest weight {words}", lit=not own),
        )
        whose = f"{words[0].upper()}{words[1:]}" + (", as the model does it" if own else "")
        summaries.append(Line(numbers, f"{whose}: the row's entropy in bits, and its largest weight"))
    lines = (division, *summaries, Line(tuple(columns), f"The row of weights of query {i + 1}: one line per key"))
    return Board(lines, (len(divided) // 2 + 1, 0, 0))


def mask_board(layer: AttentionLayer, place: Place) -> Board:
    h, i = place.head, place.i
    line = Line(
        (
            key_column(layer, place, "score", "a_{ij}", layer.trace.scores[h, i], rows=layer.keys, words="scores"),
            key_column(layer, place, "allowed", "mask_{ij}", layer.trace.mask[0, i], role="mask", words="mask"),
            key_column(layer, place, "masked", "ã_{ij}", masked_scores(layer, h)[i], words="masked scores"),
        ),
        f"The row of query {i + 1}, {layer.queries[i]}: one line per key",
    )
    return Board((line,), (2, place.j, 0))


def softmax_board(layer: AttentionLayer, place: Place) -> Board:
    h, i = place.head, place.i
    masked, e = masked_scores(layer, h)[i], exponentials(layer, h)[i]
    line = Line(
        (
            key_column(layer, place, "masked", "ã_{ij}", masked, rows=layer.keys, words="masked scores", lit=False),
            key_column(layer, place, "shifted", "ã_{ij} − max", shifted_scores(layer, h)[i], words="minus the largest"),
            key_column(layer, place, "exponential", "e_{ij}", e, role="weight", words="exponentials"),
            key_column(layer, place, "weight", "w_{ij}", layer.trace.weights[h, i], role="weight", words="weights"),
        ),
        f"The row of query {i + 1}, {layer.queries[i]}: one line per key",
    )
    sums = Line(
        (
            number("largest", "max_j ã_{ij}", masked.max(), (i,), "the largest score of the row"),
            number("total", "Σ_j e_{ij}", e.sum(), (i,), "the sum of the exponentials"),
        )
    )
    return Board((sums, line), (5, place.j, 0))


def values_board(layer: AttentionLayer, place: Place) -> Board:
    h, i, j, t = place.head, place.i, place.j, layer.trace
    weights, values = t.weights[h, i], t.v[h]
    limit = float(np.abs(values).max())
    mark = (j, -1)
    table = Line(
        (
            key_column(layer, place, "weight", "w_{ij}", weights, role="weight", rows=layer.keys, words="weights"),
            "·",
            Block("v", "v_j", values, "v", (ROW, COLUMN), mark=mark, limit=limit, words="values, one row per key"),
            "=",
            Block(
                "weighted",
                "w_{ij} v_j",
                weights[:, None] * values,
                "signed",
                (i, ROW, COLUMN),
                mark=mark,
                words="what each key gives",
            ),
        )
    )
    y = Block("y", "y_i", t.heads[h, i], "signed", (i, COLUMN), words=f"output of head {h + 1} for query {i + 1}")
    return Board((table, Line(("Σ", y))), (3, 0, 0))


def heads_board(layer: AttentionLayer, place: Place) -> Board:
    i, t = place.i, layer.trace
    names, mark = tuple(f"head {h + 1}" for h in range(layer.n_heads)), (place.head, -1)
    heads = Block(
        "head",
        "y_i^{(h)}",
        t.heads[:, i],
        "signed",
        (ROW, i, COLUMN),
        rows=names,
        mark=mark,
        words="what the heads found",
    )
    written = Block(
        "contribution",
        "W_O^{(h)} y_i^{(h)}",
        contributions(layer, i),
        "signed",
        (ROW, i, COLUMN),
        rows=names,
        mark=mark,
        words="what each head adds to the output",
    )
    output = Block("output", "o_i", t.output[i], "signed", (i, COLUMN), words=f"output for query {i + 1}")
    weights = output_weight_lines(layer, place) if place.weights else ()
    lines = (Line((heads,)), *weights, Line((written,)), Line(("Σ", output)))
    return Board(lines, (1 + sum(len(line.items) for line in weights) + 1, 0, 0))


def residual_board(layer: AttentionLayer, place: Place) -> Board:
    i, before = place.i, layer.before
    name = f"{before.symbol}_i"
    lines = [
        Line((Block("before", name, before.values[i], "signed", (i, COLUMN), words=before.words),)),
        Line(("+", Block("output", "o_i", layer.trace.output[i], "signed", (i, COLUMN), words="the layer's output"))),
    ]
    if layer.after.norm is not None:
        lines += _norm_lines(layer, i)
    after = Block("after", "r'_i", layer.after.values[i], "signed", (i, COLUMN), words=layer.after.words)
    board = Board((*lines, Line(("=", after))))
    return Board(board.lines, (len(board.blocks) - 1, 0, 0))


def _norm_lines(layer: AttentionLayer, i: int) -> list[Line]:
    norm = layer.after.norm
    mean, variance, normalised = norm_terms(layer.after)
    z = Block("sum", "z_i", state_sum(layer.after)[i], "signed", (i, COLUMN), words="the sum of the two")
    rms = norm.kind == "rms"
    statistics = () if rms else (number("mean", "μ_i", mean[i], (i,), "mean of the sum"),)
    words = "mean square of the sum" if rms else "variance of the sum"
    statistics += (number("variance", "σ_i^2", variance[i], (i,), words),)
    hat = Block("normalised", "ẑ_i", normalised[i], "signed", (i, COLUMN), words="the sum, normalised")
    learned = [Block("gain", "γ", norm.gain, "signed", (COLUMN,), lit=False, words="gain of the norm")]
    if norm.bias is not None:
        learned.append(Block("bias", "β", norm.bias, "signed", (COLUMN,), lit=False, words="bias of the norm"))
    return [Line(("=", z)), Line(statistics), Line((hat,)), *(Line((block,)) for block in learned)]


VECTOR_BOARDS = {
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
