"""The end of the forward pass: logits and probabilities, of all tokens or, of a large vocabulary, the likeliest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.attention_layer import State
from explorer.analysis.forward_pass import Box, Labels, Sheet
from explorer.analysis.predictions import softmax
from explorer.analysis.readout import last_state
from explorer.model.weights import unembedding

if TYPE_CHECKING:
    from explorer.model.run import Run
    from explorer.model.transformer import Transformer
    from explorer.model.weights import Unembedding

WHOLE = 100  # tokens; a vocabulary up to this size is shown as a whole
SHOWN = 20  # tokens of a larger one, the likeliest of each position


@dataclass(frozen=True)
class Output:
    """What the logits are made of, and which of them are shown."""

    state: State  # h
    weights: Unembedding
    logits: np.ndarray  # [position, vocab_size], the model's own
    tokens: np.ndarray  # [position, shown], the ids that are shown


def output_boxes(run: Run, model: Transformer, stack: str, labels: Labels) -> list[Box]:
    """Logits and probabilities at every position, at the end of ``stack``."""
    config, logits = run.entry.config, run.trace.logits
    whole = logits.shape[1] <= WHOLE
    tokens = np.tile(np.arange(logits.shape[1]), (len(logits), 1)) if whole else _likeliest(logits)
    output = Output(last_state(run, model), unembedding(model), logits, tokens)
    probabilities = softmax(logits).astype(np.float32)
    kept = {"rows": run.queries(stack).labels}
    if whole:
        kept["columns"] = tuple(labels(range(logits.shape[1])))
    else:
        kept |= {"tokens": tokens, "cells": tuple(tuple(labels(row)) for row in tokens.tolist())}
    boxes = []
    for number, title, symbol, values, role in (
        ("logit", "logits", "z = E h" + (" + b" if config.output_bias else ""), logits, "signed"),
        ("probability", "probability", "softmax(z)", probabilities, "weight"),
    ):
        sheet = Sheet(number, symbol, title, np.take_along_axis(values, tokens, 1), role, **kept)
        lesson = number if whole else f"{number} cut"
        boxes.append(Box(f"{stack}.end.{number}", title, lesson, output, sheet, values.shape, symbol))
    return boxes


def _likeliest(logits: np.ndarray) -> np.ndarray:
    """The ``SHOWN`` largest of each position, the largest first; of equals, the smaller id first."""
    return np.argsort(-logits, axis=1, kind="stable")[:, :SHOWN]
