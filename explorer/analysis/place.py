"""Where in an attention layer one is looking, and the blocks that boards of both forms share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.analysis.attention_layer import AttentionLayer
from explorer.analysis.board import COLUMN, ROW, Block, Line


@dataclass(frozen=True)
class Place:
    """A head, a query and a key, all counted from 0, and what is shown beside them."""

    head: int
    i: int
    j: int
    weights: bool = False  # show the weight matrices too
    compare: bool = False  # show the softmax row without (or with) sqrt(m) beside the model's own


def number(name: str, label: str, value: float, index: tuple[int, ...], words: str, **options) -> Block:
    """A single number."""
    values = np.asarray(value, dtype=np.float32)
    return Block(name, label, values, options.pop("role", "plain"), index, words=words, **options)


def key_column(layer: AttentionLayer, place: Place, name: str, label: str, row: np.ndarray, **options) -> Block:
    """Row i of a matrix [query, key], written downwards: one line per key, key j marked."""
    return Block(
        name,
        label,
        np.asarray(row, dtype=np.float32)[:, None],
        options.pop("role", "signed"),
        options.pop("index", (place.i, ROW)),
        mark=(place.j, -1),
        **options,
    )


def weight_lines(layer: AttentionLayer, place: Place) -> tuple[Line, ...]:
    """W_Q, W_K and W_V of the head, with their biases where the model has them."""
    w, lines = layer.weights, []
    for letter, matrix, bias in (("q", w.w_q, w.b_q), ("k", w.w_k, w.b_k), ("v", w.w_v, w.b_v)):
        capital, h = letter.upper(), place.head
        words = f"weights of head {h + 1}, {matrix.shape[1]} rows of {matrix.shape[2]}"
        items = [Block(f"w_{letter}", f"W_{capital}^{{({h + 1})}}", matrix[h], letter, (ROW, COLUMN), words=words)]
        if bias is not None:
            items.append(Block(f"b_{letter}", f"b_{capital}^{{({h + 1})}}", bias[h], letter, (COLUMN,), words="bias"))
        lines.append(Line(tuple(items)))
    return tuple(lines)


def output_weight_lines(layer: AttentionLayer, place: Place) -> tuple[Line, ...]:
    """What the head writes with: its columns of W_O, and the layer's output bias where there is one."""
    h, w = place.head, layer.weights
    label = f"W_O^{{({h + 1})}}"
    words = f"what head {h + 1} writes with, {layer.d_model} rows of {layer.d_v}"
    lines = [Line((Block("w_o", label, w.w_o[h], "signed", (ROW, COLUMN), words=words, lit=False),))]
    if w.b_o is not None:
        lines.append(Line((Block("b_o", "b_O", w.b_o, "signed", (COLUMN,), words="bias of the output", lit=False),)))
    return tuple(lines)


def source_label(layer: AttentionLayer) -> str:
    """What k_j and v_j are made of."""
    return "c_j" if layer.cross else "x_j"
