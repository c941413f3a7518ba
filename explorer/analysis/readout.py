"""From the last state to the probability of the next token, laid out for reading: h_i -> z -> p, and all logs so far.

z = E h_i + b are the logits (paper, section 3.4; some models make something else of h_i first, see
explorer.analysis.output_way), p = softmax(z) is the distribution that y_i was taken from, and
log p(y | x) is the sum of the logs of all factors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.analysis.attention_layer import State
from explorer.analysis.factorisation import Factorisation, log_softmax
from explorer.analysis.output_way import OutputWay, read_way
from explorer.model.weights import unembedding

if TYPE_CHECKING:
    from explorer.model.run import Run
    from explorer.model.transformer import Transformer
    from explorer.model.weights import Unembedding


@dataclass(frozen=True)
class Text:
    """All factors of a text, and the logits that they were computed from."""

    factors: Factorisation
    logits: np.ndarray  # [n, vocab_size]; row i speaks of y_i
    first: int = 0  # the factors before it speak of a prompt
    is_product: bool = True  # False for a BERT, whose factors do not multiply to a probability


@dataclass(frozen=True)
class Readout:
    """One factor of a text, and everything that its number was computed from."""

    text: Text
    factor: int  # which one, from 0
    way: OutputWay  # from the last state at every position of the pass behind this factor, to what E multiplies
    position: int  # the one that speaks of y_i
    weights: Unembedding
    logits: np.ndarray  # [vocab_size], z in that pass
    tokens: tuple[int, ...]  # the rows of the table
    labels: tuple[str, ...]  # of those
    bits: bool = False  # the unit of logs and entropies: bits, or else nats

    @property
    def state(self) -> State:
        """What is multiplied with the output matrix: h, or what the model makes of it first."""
        return self.way.last

    @property
    def all_states(self) -> str:
        """What the code calls that state at all positions: H, or a letter of its own."""
        return self.state.symbol.upper()

    @property
    def token(self) -> int:
        """y_i"""
        return self.text.factors.ids[self.factor]

    @cached_property
    def log_p(self) -> np.ndarray:
        """[vocab_size], natural."""
        return log_softmax(self.logits)

    @property
    def unit(self) -> float:
        """What a natural logarithm is divided by."""
        return float(np.log(2)) if self.bits else 1.0

    @property
    def log(self) -> str:
        """The logarithm in LaTeX."""
        return r"\log_2" if self.bits else r"\ln"

    @property
    def logarithm(self) -> str:
        return "base-2 logarithm" if self.bits else "natural logarithm"

    @property
    def divided(self) -> str:
        """What the code does to a natural logarithm."""
        return " / np.log(2)" if self.bits else ""

    @cached_property
    def arrays(self) -> dict[str, Any]:
        """The arrays that code may name."""
        arrays = {self.all_states: self.state.values, "E": self.weights.matrix, "b": self.weights.bias}
        return arrays | {"logits": self.text.logits, "y": np.array(self.text.factors.ids)}


def read_out(
    run: Run,
    model: Transformer,
    text: Text,
    factor: int,
    position: int,
    rows: tuple[tuple[int, ...], tuple[str, ...]],
    bits: bool = False,
) -> Readout:
    """Lay out one factor.

    Parameters
    ----------
    run : Run
        The pass that the factor comes from.
    factor : int
        Which one, counted from 0.
    position : int
        The position of ``run`` that speaks of it.
    rows : (ids, labels)
        The tokens that the board's table has.
    bits : bool
        Whether logs and entropies are in bits rather than nats.
    """
    logits = run.trace.logits[position]
    return Readout(text, factor, read_way(run, model), position, unembedding(model), logits, *rows, bits)
