"""The feed-forward network, number by number: h = f(W_1 x + b_1), then W_2 h + b_2 (paper, equation 2).

With a gate h = f(W_1 x + b_1) * (W_3 x + b_3), number by number (Shazeer 2020, equation 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.analysis.activations import NAMED
from explorer.analysis.numbers.lines import set_indices
from explorer.analysis.provenance import Provenance, factor, products_tex, prove, terms_note, tex
from explorer.reference import ACTIVATIONS, linear

if TYPE_CHECKING:
    from explorer.model.weights import FeedForwardWeights


@dataclass(frozen=True)
class FeedForward:
    """One feed-forward network of a finished run: its weights, what it read, and what the model computed."""

    weights: FeedForwardWeights
    activation: str
    x: np.ndarray  # [position, d_model]
    hidden: np.ndarray  # [position, d_ff]
    output: np.ndarray  # [position, d_model]

    @cached_property
    def arrays(self) -> dict[str, Any]:
        """The arrays that code may name."""
        w = self.weights
        arrays = {"W_1": w.w_1, "b_1": w.b_1, "W_2": w.w_2, "b_2": w.b_2, "W_3": w.w_3, "b_3": w.b_3}
        return {"x": self.x, "hidden": self.hidden, **arrays}

    @property
    def gated(self) -> bool:
        return self.weights.w_3 is not None

    @cached_property
    def gate(self) -> np.ndarray:
        """W_3 x + b_3, [position, d_ff]; computed here: the trace has the product only."""
        return linear(self.x, self.weights.w_3, self.weights.b_3)

    @cached_property
    def activated(self) -> np.ndarray:
        """f(W_1 x + b_1), [position, d_ff], what the gate multiplies."""
        z = linear(self.x, self.weights.w_1, self.weights.b_1)
        return ACTIVATIONS[self.activation](z).astype(np.float32)


def hidden(ff: FeedForward, i: int, a: int) -> Provenance:
    """One number of the hidden layer."""
    formula, substituted, code, note = _activated(ff, i, a)
    if ff.gated:
        biased = "" if ff.weights.b_3 is None else " + b_3[a]"
        formula += rf"\cdot(g_i)_{{{a + 1}}}"
        substituted = rf"{tex(ff.activated[i, a])}\cdot{factor(ff.gate[i, a])}"
        code = [*code, f"result = result * (W_3[a] @ x[i]{biased})"]
        note = f"$(g_i)_{{{a + 1}}}$ is its gate, number {a + 1} of $W_3 x_i$. {note}"
    return prove(
        title=f"hidden number {a + 1} at position {i + 1}",
        symbol=f"(h_i)_{{{a + 1}}}",
        formula=formula,
        substituted=substituted,
        code=code,
        arrays=ff.arrays,
        shown=ff.hidden[i, a],
        source=f"ff_hidden[{i}, {a}] of the block's trace",
        note=note,
    )


def activated(ff: FeedForward, i: int, a: int) -> Provenance:
    """One number that a gate multiplies."""
    formula, substituted, code, note = _activated(ff, i, a)
    return prove(
        title=f"hidden number {a + 1} at position {i + 1}, before its gate",
        symbol=f"f(W_1 x_i)_{{{a + 1}}}",
        formula=formula,
        substituted=substituted,
        code=code,
        arrays=ff.arrays,
        shown=ff.activated[i, a],
        source=f"ff_input[{i}] of the block's trace, through w_1 of the checkpoint",
        note=note,
    )


def gate(ff: FeedForward, i: int, a: int) -> Provenance:
    """One number of the gate."""
    w, b = ff.weights.w_3[a], None if ff.weights.b_3 is None else ff.weights.b_3[a]
    return prove(
        title=f"gate of hidden number {a + 1} at position {i + 1}",
        symbol=f"(g_i)_{{{a + 1}}}",
        formula=rf"\sum_{{b=1}}^{{{len(w)}}} (W_3)_{{{a + 1},b}}\,(x_i)_b"
        + ("" if b is None else f" + (b_3)_{{{a + 1}}}"),
        substituted=products_tex(w, ff.x[i]) + ("" if b is None else f" + {factor(b)}"),
        code=[set_indices(i=i, a=a), "result = W_3[a] @ x[i]" + ("" if b is None else " + b_3[a]")],
        arrays=ff.arrays,
        shown=ff.gate[i, a],
        source=f"ff_input[{i}] of the block's trace, through w_3 of the checkpoint",
        note=terms_note(len(w)),
    )


def _activated(ff: FeedForward, i: int, a: int) -> tuple[str, str, list[str], str]:
    """f(W_1 x + b_1): its formula, the numbers put in, the lines that set ``result``, and a note."""
    w, b, f = ff.weights.w_1[a], None if ff.weights.b_1 is None else ff.weights.b_1[a], NAMED[ff.activation]
    biased = "" if b is None else f" + (b_1)_{{{a + 1}}}"
    formula = rf"{f.opening}\sum_{{b=1}}^{{{len(w)}}} (W_1)_{{{a + 1},b}}\,(x_i)_b{biased}\Big)"
    substituted = f.opening + products_tex(w, ff.x[i]) + ("" if b is None else f" + {factor(b)}") + r"\Big)"
    code = [set_indices(i=i, a=a), "z = W_1[a] @ x[i]" + ("" if b is None else " + b_1[a]"), *f.lines]
    return formula, substituted, code, " ".join(filter(None, [f.words, terms_note(len(w))]))


def output(ff: FeedForward, i: int, b: int) -> Provenance:
    """One number of what the network adds to the residual stream."""
    w, bias = ff.weights.w_2[b], None if ff.weights.b_2 is None else ff.weights.b_2[b]
    biased = "" if bias is None else f" + (b_2)_{{{b + 1}}}"
    return prove(
        title=f"output of the feed-forward network at position {i + 1}, dimension {b + 1}",
        symbol=f"(f_i)_{{{b + 1}}}",
        formula=rf"\sum_{{a=1}}^{{{len(w)}}} (W_2)_{{{b + 1},a}}\,(h_i)_a{biased}",
        substituted=products_tex(w, ff.hidden[i]) + ("" if bias is None else f" + {factor(bias)}"),
        code=[
            set_indices(i=i, b=b),
            "h = hidden[i]  # the model's own",
            "result = W_2[b] @ h" + ("" if bias is None else " + b_2[b]"),
        ],
        arrays=ff.arrays,
        shown=ff.output[i, b],
        source=f"ff_output[{i}, {b}] of the block's trace",
        note=terms_note(len(w)),
    )


def zeros(ff: FeedForward, i: int, column: int) -> Provenance:
    """The share of the hidden numbers at one position that are exactly 0."""
    n, n_zero = ff.hidden.shape[1], int((ff.hidden[i] == 0).sum())
    return prove(
        title=f"share of the hidden numbers at position {i + 1} that are exactly 0",
        symbol=r"\text{zeros}_i",
        formula=r"\frac{\#\{a : (h_i)_a = 0\}}{d_{ff}}",
        substituted=rf"\frac{{{n_zero}}}{{{n}}}",
        code=[set_indices(i=i), "h = hidden[i]  # the model's own", "result = (h == 0).mean()"],
        arrays=ff.arrays,
        shown=n_zero / n,
        source=f"ff_hidden[{i}] of the block's trace, counted",
    )
