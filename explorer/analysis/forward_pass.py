"""The whole forward pass as boxes in their order: what is in each, before anything draws it.

A box holds one step's result for all positions as a matrix, one row per position. What has a head axis stands there
head beside head, as the model itself computes it: q [head, position, d_k] becomes [position, head * d_k].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from explorer.analysis.attention_layer import State
from explorer.analysis.numbers.states import norm_terms

Labels = Callable[[Sequence[int]], Sequence[str]]  # token ids to what is written for them


@dataclass(frozen=True)
class Sheet:
    """One matrix of numbers, each of which can be asked where it comes from."""

    number: str  # which: a key of explorer.analysis.numbers.forward.FORWARD_NUMBERS
    label: str  # plain text with _ and ^, as in explorer.analysis.board.Block
    words: str
    values: np.ndarray  # float32 [row, column], the model's own
    role: str  # one of explorer.analysis.board.ROLES
    rows: tuple[str, ...] = ()  # token labels
    columns: tuple[str, ...] = ()  # labels of one group's columns; without them, columns are numbers from 1
    groups: int = 1  # how many heads stand beside each other
    mask: np.ndarray | None = None  # bool [row, column of one group], False where a query may not look
    tokens: np.ndarray | None = None  # [row, column], the token that each number is about, where the vocabulary is cut
    cells: tuple[tuple[str, ...], ...] = ()  # the labels of ``tokens``

    @property
    def group_width(self) -> int:
        return self.values.shape[1] // self.groups

    def seen(self) -> np.ndarray:
        """bool [row, column]: False where the mask hides a number."""
        if self.mask is None:
            return np.ones(self.values.shape, dtype=bool)
        return np.tile(self.mask, (1, self.groups))


@dataclass(frozen=True)
class Box:
    """One step of the pass."""

    name: str  # its place in the URL: "decoder.2.cross.weights", layers from 1
    title: str  # in a word or two: "queries"
    lessons: tuple[str, ...]  # the sections of the page's lesson that explain it
    subject: Any  # what its numbers are asked of: a State, an AttentionLayer ...
    sheet: Sheet
    shape: tuple[int, ...]  # of all there is, also where the sheet shows a part of it
    symbol: str  # like Sheet.label

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        """The sheet, and what an opened box shows beside it: a norm's statistics, gain and bias, the two factors of a
        gated layer, a ReLU's zeros."""
        if isinstance(self.subject, State) and self.subject.norm is not None:
            return self.sheet, *_norm_sheets(self.subject, self.sheet.rows)
        more: tuple[Sheet, ...] = ()
        if self.sheet.number == "hidden" and self.subject.gated:
            more = _gate_sheets(self.subject.activated, self.subject.gate, self.sheet.rows)
        if self.sheet.number == "hidden" and self.subject.activation == "relu":
            more = (*more, _zeros(self.sheet))
        return self.sheet, *more


@dataclass(frozen=True)
class Section:
    """Boxes that belong together: one sublayer."""

    stack: str  # "encoder" or "decoder"
    rank: tuple[int, int]  # (layer, sublayer): what stands in the other stack at the same height
    title: str
    boxes: tuple[Box, ...]


def count_numbers(sections: Sequence[Section]) -> int:
    """How many numbers all boxes hold."""
    return sum(int(np.prod(box.shape)) for section in sections for box in section.boxes)


def beside(heads: np.ndarray) -> np.ndarray:
    """[head, position, size] as [position, head * size].

    >>> beside(np.array([[[1, 2]], [[3, 4]]]))
    array([[1, 2, 3, 4]])
    """
    return heads.swapaxes(0, 1).reshape(heads.shape[1], -1)


def share_of_zeros(hidden: np.ndarray) -> np.ndarray:
    """Of each row, the share that is exactly 0, [row, 1]."""
    return (hidden == 0).mean(-1, dtype=np.float32, keepdims=True)


def _norm_sheets(state: State, rows: tuple[str, ...]) -> tuple[Sheet, ...]:
    """What a norm takes from each position, and what it learned for each dimension."""
    mean, variance, _ = norm_terms(state)
    rms = state.norm.kind == "rms"
    sheets = [
        Sheet("variance", "σ^2", "mean square" if rms else "variance", variance[:, None], "plain", rows, ("σ²",)),
        Sheet("gain", "γ", "gain of the norm, learned", state.norm.gain[None], "signed", ("γ",)),
    ]
    if not rms:
        sheets.insert(0, Sheet("mean", "μ", "mean over the dimensions", mean[:, None], "plain", rows, ("μ",)))
    if state.norm.bias is not None:
        sheets.append(Sheet("bias", "β", "bias of the norm, learned", state.norm.bias[None], "signed", ("β",)))
    return tuple(sheets)


def _gate_sheets(activated: np.ndarray, gate: np.ndarray, rows: tuple[str, ...]) -> tuple[Sheet, Sheet]:
    """The two factors of a gated hidden layer."""
    return (
        Sheet("activated", "f(W_1 x)", "the activation, before the gate", activated, "signed", rows),
        Sheet("gate", "W_3 x", "the gate that multiplies it", gate, "signed", rows),
    )


def _zeros(hidden: Sheet) -> Sheet:
    words = "share of the hidden numbers that are exactly 0"
    return Sheet("zeros", "zeros", words, share_of_zeros(hidden.values), "weight", hidden.rows, ("zeros",))
