"""The nine steps of one attention layer, in the board's order, and the board of numbers that belongs to each."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.analysis.attention_layer import AttentionLayer
from explorer.analysis.board import Board
from explorer.analysis.matrix_boards import MATRIX_BOARDS
from explorer.analysis.place import Place
from explorer.analysis.vector_boards import VECTOR_BOARDS


@dataclass(frozen=True)
class Step:
    name: str  # the key of its board and of its section in the lesson
    short: str  # what the row of steps shows
    title: str


STEPS = (
    Step("input", "x", "What the layer reads"),
    Step("projections", "q k v", "Query, key and value"),
    Step("product", "q·k", "The product of query and key, term by term"),
    Step("scale", "√m", "Divided by √m"),
    Step("mask", "mask", "The mask"),
    Step("softmax", "softmax", "The softmax over the keys"),
    Step("values", "Σ w v", "The weighted sum of the values"),
    Step("heads", "heads", "All heads, put together"),
    Step("residual", "x + o", "Back into the residual stream"),
)
RELATIVE = {  # what the step of the scale is called where the distance has a bias, by whether the model divides
    True: Step("scale", "√m, bias", "Divided by √m, plus the bias of the distance"),
    False: Step("scale", "bias", "Plus the bias of the distance"),
}
FORMS = ("vectors", "matrices")  # one query, written out; all queries at once


def steps_of(layer: AttentionLayer) -> tuple[Step, ...]:
    """The nine steps as this layer takes them."""
    if layer.relative is None:
        return STEPS
    return tuple(RELATIVE[layer.scaled] if step.name == "scale" else step for step in STEPS)


def board(layer: AttentionLayer, place: Place, step: str, form: str) -> Board:
    """The numbers of one step.

    Parameters
    ----------
    step : str
        The name of one of ``STEPS``.
    form : str
        "vectors": the query i of ``place`` alone. "matrices": every query, with row i and column j marked.
    """
    boards = VECTOR_BOARDS if form == "vectors" else MATRIX_BOARDS
    return boards[step](layer, place)
