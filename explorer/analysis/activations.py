"""What each activation f is called, its formula in LaTeX, and the NumPy lines that compute it.

The sources are those of ``explorer.model.activations``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Activation:
    """One f, as the screen says it."""

    name: str  # plain text: "gelu"
    opening: str  # LaTeX of f and its opening bracket
    words: str  # what f is, Markdown; empty where the formula itself says it
    lines: tuple[str, ...]  # make ``result`` of z


_SIGMOID = r"where $\sigma(z) = 1/(1 + e^{-z})$."
NAMED: dict[str, Activation] = {
    "relu": Activation("relu", r"\max\Big(0,\;", "", ("result = max(0, z)",)),
    "gelu": Activation(
        "gelu",
        r"\mathrm{gelu}\Big(",
        r"$\mathrm{gelu}(z) = z\,\Phi(z)$, where $\Phi(z)$ is the share of a normal distribution below $z$.",
        ("from math import erf", "result = z * (1 + erf(z / 2**0.5)) / 2"),
    ),
    "gelu_tanh": Activation(
        "gelu",
        r"\mathrm{gelu}\Big(",
        r"$\mathrm{gelu}(z) = \frac{z}{2}\big(1 + \tanh(\sqrt{2/\pi}\,(z + 0.044715\,z^3))\big)$, "
        r"GPT-2's approximation.",
        ("c = np.sqrt(2 / np.pi)", "t = np.tanh(c * (z + 0.044715 * z**3))", "result = z * (1 + t) / 2"),
    ),
    "quick_gelu": Activation(
        "quick gelu",
        r"f\Big(",
        rf"$f(z) = z\,\sigma(1.702\,z)$, the quick GELU, {_SIGMOID}",
        ("result = z / (1 + np.exp(-1.702 * z))",),
    ),
    "silu": Activation(
        "silu",
        r"\mathrm{silu}\Big(",
        rf"$\mathrm{{silu}}(z) = z\,\sigma(z)$, also called swish, {_SIGMOID}",
        ("result = z / (1 + np.exp(-z))",),
    ),
    "tanh": Activation("tanh", r"\tanh\Big(", "", ("result = np.tanh(z)",)),
}
