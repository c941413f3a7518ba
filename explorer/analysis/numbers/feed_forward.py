"""The feed-forward network, number by number: h = f(W_1 x + b_1), then W_2 h + b_2 (paper, equation 2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.analysis.numbers.lines import set_indices
from explorer.analysis.provenance import Provenance, factor, products_tex, prove, terms_note

if TYPE_CHECKING:
    from explorer.model.weights import FeedForwardWeights

# f before its brackets in LaTeX, what f is, and the lines that make ``result`` from z (Hendrycks and Gimpel 2016).
ACTIVATIONS: dict[str, tuple[str, str, list[str]]] = {
    "relu": (r"\max\Big(0,\;", "", ["result = max(0, z)"]),
    "gelu": (
        r"f\Big(",
        r"$f(z) = z\,\Phi(z)$, where $\Phi(z)$ is the share of a normal distribution below $z$.",
        ["from math import erf", "result = z * (1 + erf(z / 2**0.5)) / 2"],
    ),
    "gelu_tanh": (
        r"f\Big(",
        r"$f(z) = \frac{z}{2}\big(1 + \tanh(\sqrt{2/\pi}\,(z + 0.044715\,z^3))\big)$.",
        ["c = np.sqrt(2 / np.pi)", "t = np.tanh(c * (z + 0.044715 * z**3))", "result = z * (1 + t) / 2"],
    ),
}


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
        return {"x": self.x, "hidden": self.hidden, "W_1": w.w_1, "b_1": w.b_1, "W_2": w.w_2, "b_2": w.b_2}


def hidden(ff: FeedForward, i: int, a: int) -> Provenance:
    """One number of the hidden layer."""
    w, b = ff.weights.w_1[a], None if ff.weights.b_1 is None else ff.weights.b_1[a]
    opening, words, lines = ACTIVATIONS[ff.activation]
    biased = "" if b is None else f" + (b_1)_{{{a + 1}}}"
    return prove(
        title=f"hidden number {a + 1} at position {i + 1}",
        symbol=f"(h_i)_{{{a + 1}}}",
        formula=rf"{opening}\sum_{{b=1}}^{{{len(w)}}} (W_1)_{{{a + 1},b}}\,(x_i)_b{biased}\Big)",
        substituted=opening + products_tex(w, ff.x[i]) + ("" if b is None else f" + {factor(b)}") + r"\Big)",
        code=[set_indices(i=i, a=a), "z = W_1[a] @ x[i]" + ("" if b is None else " + b_1[a]"), *lines],
        arrays=ff.arrays,
        shown=ff.hidden[i, a],
        source=f"ff_hidden[{i}, {a}] of the block's trace",
        note=" ".join(filter(None, [words, terms_note(len(w))])),
    )


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
