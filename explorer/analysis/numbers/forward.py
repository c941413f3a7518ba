"""Where each number of the whole forward pass comes from: which function answers for which sheet of which box."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from explorer.analysis.attention_layer import AttentionLayer, State
from explorer.analysis.factorisation import factorise
from explorer.analysis.forward_pass import Box, Sheet
from explorer.analysis.forward_pass_output import Output
from explorer.analysis.numbers import (
    feed_forward,
    output,
    output_way,
    positions,
    projections,
    readout,
    scores,
    softmax,
    states,
)
from explorer.analysis.numbers import values as weighted
from explorer.analysis.numbers.lines import set_indices
from explorer.analysis.numbers.positions import Embedded
from explorer.analysis.provenance import Provenance, prove
from explorer.analysis.readout import Readout, Text

Number = Callable[[Any, Sheet, int, int], Provenance]  # of the box's subject, its sheet, a row and a column


def box_provenance(box: Box, sheet: int, row: int, column: int) -> Provenance:
    """Where the number at ``row`` and ``column`` of a sheet of ``box`` comes from; all counted from 0.

    Raises
    ------
    IndexError
        If the box has no such sheet, or the sheet no such place.
    """
    if not 0 <= sheet < len(box.sheets):
        raise IndexError(f"{box.name} has no sheet {sheet}")
    asked = box.sheets[sheet]
    rows, columns = asked.values.shape
    if not (0 <= row < rows and 0 <= column < columns):
        raise IndexError(f"{asked.number} of {box.name} has no place {(row, column)}")
    return FORWARD_NUMBERS[asked.number](box.subject, asked, row, column)


def _id(x: Embedded, sheet: Sheet, i: int, column: int) -> Provenance:
    return prove(
        title=f"id of token {i + 1}",
        symbol=r"\mathrm{id}_i",
        formula=r"\text{the tokenizer's number for this token}",
        substituted=f"{x.ids[i]}",
        code=[set_indices(i=i), "result = ids[i]"],
        arrays={"ids": np.array(x.ids)},
        shown=x.ids[i],
        source=f"{x.stack}.embedding.tokens[{i}] of the trace",
        note="It is the row of the embedding matrix that is read next.",
        is_count=True,
    )


def _of_text(number: Callable[[Embedded, int, int], Provenance]) -> Number:
    return lambda x, sheet, i, b: number(x, i, b)


def _of_head(number: Callable[[AttentionLayer, int, int, int], Provenance]) -> Number:
    """Heads stand beside each other: the column says which one."""
    return lambda layer, sheet, i, column: number(layer, *_head_first(i, *divmod(column, sheet.group_width)))


def _head_first(i: int, head: int, a: int) -> tuple[int, int, int]:
    return head, i, a


def _of_state(number: Callable[[State, int, int], Provenance]) -> Number:
    return lambda state, sheet, i, b: number(state, i, b)


def _of_token(number: Callable[[Readout, int], Provenance]) -> Number:
    """A logit or a probability: the readout of that position, with that token alone in its table."""

    def ask(found: Output, sheet: Sheet, i: int, column: int) -> Provenance:
        token = int(found.tokens[i, column])
        text = Text(factorise(found.logits[[i]], (token,)), found.logits[[i]])
        return number(Readout(text, 0, found.way, i, found.weights, found.logits[i], (token,), ("",)), 0)

    return ask


FORWARD_NUMBERS: dict[str, Number] = {
    "id": _id,
    "token": _of_text(positions.token),
    "position": _of_text(positions.position),
    "segment": _of_text(positions.segment),
    "embedded": _of_text(positions.total),
    "q": _of_head(projections.q),
    "k": _of_head(projections.k),
    "v": _of_head(projections.v),
    "position_bias": _of_head(scores.position_bias),
    "score": _of_head(scores.score),
    "weight": _of_head(softmax.weight),
    "y": _of_head(weighted.y),
    "output": lambda layer, sheet, i, b: output.output(layer, 0, i, b),
    "state": _of_state(states.state_number),
    "mean": lambda state, sheet, i, column: states.mean_number(state, i),
    "variance": lambda state, sheet, i, column: states.variance_number(state, i),
    "gain": lambda state, sheet, row, b: states.gain_number(state, b),
    "bias": lambda state, sheet, row, b: states.bias_number(state, b),
    "hidden": lambda ff, sheet, i, a: feed_forward.hidden(ff, i, a),
    "activated": lambda ff, sheet, i, a: feed_forward.activated(ff, i, a),
    "gate": lambda ff, sheet, i, a: feed_forward.gate(ff, i, a),
    "ff_output": lambda ff, sheet, i, b: feed_forward.output(ff, i, b),
    "zeros": lambda ff, sheet, i, column: feed_forward.zeros(ff, i, column),
    "dense": lambda found, sheet, i, a: output_way.dense(found, i, a),
    "logit": _of_token(readout.z),
    "probability": _of_token(readout.p),
}
