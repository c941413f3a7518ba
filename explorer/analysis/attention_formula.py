"""The whole formula of attention in LaTeX, with the terms of one step lit and the others quiet."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.analysis.attention_layer import AttentionLayer

QUIET = "muted"


def score_text(scaled: bool, relative: bool) -> str:
    """What a score is made of, in plain text.

    >>> score_text(scaled=True, relative=False), score_text(scaled=False, relative=True)
    ('q·k/√m', 'q·k + b')
    """
    return "q·k" + ("/√m" if scaled else "") + (" + b" if relative else "")


class Lamp:
    """Colours the terms of a formula: those of the current step in their colour, the others quiet.

    Parameters
    ----------
    step : str
        The name of the current step.
    colours : mapping
        Hexadecimal colours for "text", "muted", "q", "k" and "v".
    """

    def __init__(self, step: str, colours: Mapping[str, str]) -> None:
        self.step = step
        self.colours = colours

    def __call__(self, latex: str, *steps: str, role: str = "text") -> str:
        colour = self.colours[role if self.step in steps else QUIET]
        return rf"\textcolor{{{colour}}}{{{latex}}}"


def formula(layer: AttentionLayer, step: str, form: str, colours: Mapping[str, str]) -> tuple[str, str]:
    """The two lines of the formula: what q, k and v are, and what attention makes of them.

    ``form`` is "vectors" (one query i) or "matrices" (all of them, each position a column of X).
    """
    lamp = Lamp(step, colours)
    return _vectors(layer, lamp) if form == "vectors" else _matrices(layer, lamp)


def _vectors(layer: AttentionLayer, lamp: Lamp) -> tuple[str, str]:
    context = "c_j" if layer.cross else "x_j"
    made = _projections(lamp, ("q_i", "k_j", "v_j"), ("x_i", context, context), layer)
    product = lamp(r"q_i^\top", "product", role="q") + lamp(" k_j", "product", role="k")
    inside = _score(layer, lamp, product, "b_{ij}")
    keys = lamp(r"j \le i" if layer.causal else "j", "mask", "values")
    attention = (
        lamp("y_i =", "values")
        + lamp(r"\sum", "values")
        + f"_{{{keys}}}"
        + lamp(r"\operatorname{softmax}_j\!\Big(", "softmax")
        + inside
        + lamp(r"\Big)", "softmax")
        + lamp(r"\, v_j", "values", role="v")
    )
    output = lamp(r"o_i = \sum_h W_O^{(h)}\, y_i^{(h)}", "heads")
    residual = lamp(rf"r'_i = {_after(layer, 'i')}", "residual")
    return made, _in_a_row(attention, output, residual)


def _matrices(layer: AttentionLayer, lamp: Lamp) -> tuple[str, str]:
    context = "C" if layer.cross else "X"
    made = _projections(lamp, ("Q", "K", "V"), ("X", context, context), layer)
    product = lamp(r"Q^\top", "product", role="q") + lamp(" K", "product", role="k")
    mask = lamp(r"\;+\; \text{mask}" if layer.causal else "", "mask")
    attention = (
        lamp("A =", "softmax")
        + lamp(r"\operatorname{softmax}\!\Big(", "softmax")
        + _score(layer, lamp, product, "(b_{ij})")
        + mask
        + lamp(r"\Big)", "softmax")
    )
    mixed = lamp("Y =", "values") + lamp("V", "values", role="v") + lamp(r"A^\top", "values")
    output = lamp(r"O = \sum_h W_O^{(h)}\, Y^{(h)}", "heads")
    residual = lamp(f"R' = {_after(layer, '')}", "residual")
    return made, _in_a_row(attention, mixed, output, residual)


def _in_a_row(*formulas: str) -> str:
    """Formulas side by side, which a narrow screen may put one below the other, each of them whole."""
    return r" \qquad\allowbreak ".join(f"{{{formula}}}" for formula in formulas)


def _projections(lamp: Lamp, made: tuple[str, ...], sources: tuple[str, ...], layer: AttentionLayer) -> str:
    biased = layer.weights.b_q is not None
    parts = []
    for letter, result, source in zip("qkv", made, sources, strict=True):
        capital = letter.upper()
        bias = lamp(f" + b_{capital}", "projections", role=letter) if biased else ""
        parts.append(
            lamp(f"{result} =", "projections", role=letter)
            + lamp(f"W_{capital}", "projections", role=letter)
            + r"\,"
            + lamp(source, "input", "projections")
            + bias
        )
    return _in_a_row(*parts)


def _score(layer: AttentionLayer, lamp: Lamp, product: str, bias: str) -> str:
    """What the softmax is taken of: the product, divided where the model divides, plus relative positions' bias."""
    score = product
    if layer.scaled:
        root = lamp(r"\sqrt{m}", "scale")
        score = lamp(rf"\frac{{{product}}}{{{root}}}", "scale")
    return score if layer.relative is None else score + lamp(f" + {bias}", "scale")


def _after(layer: AttentionLayer, at: str) -> str:
    index = f"_{at}" if at else ""
    residual, output = layer.before.symbol, "o"
    if not at:
        residual, output = residual.upper(), output.upper()
    total = f"{residual}{index} + {output}{index}"
    if layer.after.norm is None:
        return total
    name = "RMS" if layer.after.norm.kind == "rms" else "LN"
    return rf"\mathrm{{{name}}}({total})"
