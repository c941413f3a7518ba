"""The end of the forward pass: logits and probabilities, of all tokens or, of a large vocabulary, the likeliest.

Where the model does something to the last state before the logits, that has boxes of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.activations import NAMED
from explorer.analysis.forward_pass import Box, Labels, Sheet
from explorer.analysis.output_way import OutputWay, read_way
from explorer.analysis.predictions import softmax
from explorer.model.weights import unembedding

if TYPE_CHECKING:
    from explorer.analysis.attention_layer import State
    from explorer.analysis.output_way import Dense
    from explorer.model.run import Run
    from explorer.model.transformer import Transformer
    from explorer.model.weights import Unembedding

WHOLE = 100  # tokens; a vocabulary up to this size is shown as a whole
SHOWN = 20  # tokens of a larger one, the likeliest of each position


@dataclass(frozen=True)
class Output:
    """What the logits are made of, and which of them are shown."""

    way: OutputWay  # from h to what the output matrix multiplies
    weights: Unembedding
    logits: np.ndarray  # [position, vocab_size], the model's own
    tokens: np.ndarray  # [position, shown], the ids that are shown


def output_boxes(run: Run, model: Transformer, stack: str, labels: Labels) -> list[Box]:
    """The output transform and scale, if any, then logits and probabilities, at every position, at the end of
    ``stack``."""
    config, logits = run.entry.config, run.trace.logits
    whole = logits.shape[1] <= WHOLE
    tokens = np.tile(np.arange(logits.shape[1]), (len(logits), 1)) if whole else _likeliest(logits)
    way = read_way(run, model)
    output = Output(way, unembedding(model), logits, tokens)
    kept = {"rows": run.queries(stack).labels}
    if whole:
        kept["columns"] = tuple(labels(range(logits.shape[1])))
    else:
        kept |= {"tokens": tokens, "cells": tuple(tuple(labels(row)) for row in tokens.tolist())}
    shown = np.take_along_axis(logits, tokens, 1)
    boxes = _way_boxes(way, stack, kept["rows"])
    for number, title, symbol, values, role in (
        ("logit", "logits", f"z = E {way.last.symbol}" + (" + b" if config.output_bias else ""), shown, "signed"),
        ("probability", "probability", "softmax(z)", _probabilities(logits, tokens), "weight"),
    ):
        sheet = Sheet(number, symbol, title, values, role, **kept)
        lessons = (number if whole else f"{number} cut",)
        if number == "logit" and way.last is not way.h:
            lessons = (*lessons, "logit after")
        boxes.append(Box(f"{stack}.end.{number}", title, lessons, output, sheet, logits.shape, symbol))
    return boxes


def _way_boxes(way: OutputWay, stack: str, rows: tuple[str, ...]) -> list[Box]:
    """What is between the last state and the logits."""
    boxes = []

    def add(name: str, title: str, lesson: str, subject: Dense | State, number: str, symbol: str, words: str) -> None:
        sheet = Sheet(number, symbol, words, subject.values, "signed", rows)
        boxes.append(Box(f"{stack}.end.{name}", title, (lesson,), subject, sheet, sheet.values.shape, symbol))

    if way.dense is not None:
        symbol = f"{NAMED[way.dense.weights.activation].name}(W h)"
        add("dense", "output layer", "dense", way.dense, "dense", symbol, "the last state, through the output layer")
        kind = way.normed.norm.kind
        symbol = f"g = {'RMS' if kind == 'rms' else 'LN'}(t)"
        add("transformed", "norm", f"norm {kind}", way.normed, "state", symbol, way.normed.words)
    if way.scaled is not None:
        symbol = f"u = {(way.normed or way.h).symbol}/√d"
        add("scaled", "scaled", "scaled", way.scaled, "state", symbol, way.scaled.words)
    return boxes


def _probabilities(logits: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """Those of ``tokens`` [position, shown], a row at a time: the whole of a large vocabulary is never in memory."""
    return np.stack([softmax(row)[ids] for row, ids in zip(logits, tokens, strict=True)]).astype(np.float32)


def _likeliest(logits: np.ndarray) -> np.ndarray:
    """The ``SHOWN`` largest of each position, the largest first; of equals, the smaller id first."""
    return np.stack([_largest(row) for row in logits])


def _largest(row: np.ndarray) -> np.ndarray:
    least = np.partition(row, len(row) - SHOWN)[len(row) - SHOWN]  # sorting a whole vocabulary takes far longer
    found = np.flatnonzero(row >= least)
    return found[np.argsort(-row[found], kind="stable")][:SHOWN]
