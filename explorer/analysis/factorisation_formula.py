r"""The factorisation in LaTeX, as far as it has been multiplied: p(y|x) = p(y_1|x) p(y_2|y_1,x) ... p(y_n|y_{1:n-1},x).

The factors so far have their numbers below them, the current one is lit, those to come are quiet. Of a long product the
first factors, those around the current one and the last are written out; dots say where there are more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from explorer.analysis.provenance import tex

ROOM = 6  # so many factors are written out


def product_formula(log_p: Sequence[float], step: int, source: str, colours: Mapping[str, str]) -> str:
    r"""The product after ``step`` factors.

    Parameters
    ----------
    log_p : sequence of float
        The natural logarithms of all factors.
    step : int
        How many of them are multiplied.
    source : str
        What the decoder sees of the source, in LaTeX: "x", or "\bar x" behind a bottleneck; "" for a GPT.
    colours : mapping
        Hexadecimal colours for "text", "weight" (the current factor) and "muted" (those to come).
    """
    left = rf"p(y_1, \dots, y_{{{len(log_p)}}}{_given('x' if source else '')})"
    return _chain(left, [f"p({_conditional(i, source)})" for i in range(1, len(log_p) + 1)], log_p, step, colours)


def continuation_formula(log_p: Sequence[float], first: int, step: int, colours: Mapping[str, str]) -> str:
    """What a GPT's prompt leaves: the product of the factors after the ``first`` ones, once all are multiplied."""
    n = len(log_p)
    done = step == n
    text = rf"p(y_{{{first + 1}:{n}}} \mid y_{{1:{first}}}) = \prod_{{i={first + 1}}}^{{{n}}} p(y_i \mid y_{{1:i-1}})"
    value = f" = {tex_of_log(float(np.sum(log_p[first:])))}" if done else ""
    return _coloured(text + value, colours["text" if step > first else "muted"])


def pseudo_formula(log_p: Sequence[float], step: int, bits: bool, colours: Mapping[str, str]) -> str:
    """A BERT's sum of the logs of its factors, each token given all others (Salazar et al. 2020, equation 1)."""
    log, unit = (r"\log_2", np.log(2)) if bits else (r"\ln", 1.0)
    terms = [rf"{log} p(y_{{{i}}} \mid y_{{\setminus {i}}})" for i in range(1, len(log_p) + 1)]
    return _chain(r"\mathrm{PLL}(y)", terms, np.asarray(log_p) / unit, step, colours, adds=True)


def tex_of_log(log: float) -> str:
    r"""exp(log) in LaTeX with three significant digits, however small it is.

    >>> tex_of_log(0.0), tex_of_log(-1000.0)
    ('1.00', '5.08\\cdot10^{-435}')
    """
    if log > -600 or np.isneginf(log):
        return tex(np.exp(log))
    power = int(np.floor(log / np.log(10)))
    mantissa = f"{10 ** (log / np.log(10) - power):.2f}"
    if float(mantissa) >= 10:
        mantissa, power = "1.00", power + 1
    return rf"{mantissa}\cdot10^{{{power}}}"


def written_out(n: int, step: int, room: int = ROOM) -> list[int | None]:
    """Which of the factors 1 .. n are written out, with None for dots: the first two, the current one and its
    neighbours, and the last.

    >>> written_out(4, 2), written_out(20, 9)
    ([1, 2, 3, 4], [1, 2, None, 8, 9, 10, None, 20])
    """
    if n <= room:
        return list(range(1, n + 1))
    chosen = sorted({1, 2, n} | {i for i in (step - 1, step, step + 1) if 1 <= i <= n})
    shown: list[int | None] = []
    for before, i in zip([0, *chosen], chosen, strict=False):
        if i == before + 2:
            shown.append(i - 1)  # dots would stand for one factor only
        elif i > before + 1:
            shown.append(None)
        shown.append(i)
    return shown


def _chain(
    left: str, terms: list[str], log_p: Sequence[float], step: int, colours: Mapping[str, str], adds: bool = False
) -> str:
    """left = term term ... term, each a group of its own, between which a narrow screen may break the line."""
    parts = []
    for i in written_out(len(terms), step):
        if i is None:
            parts.append(_coloured(r"\cdots", colours["muted"]))
            continue
        colour = colours["weight" if i == step else "text" if i < step else "muted"]
        number = (tex(log_p[i - 1]) if adds else tex(np.exp(log_p[i - 1]))) if i <= step else r"\phantom{0}"
        parts.append(_coloured(rf"\underset{{{number}}}{{{terms[i - 1]}}}", colour))
    operator = " + " if adds else r"\,\cdot\,"
    formula = f"{{{left}}} = " + operator.join(f"{{{part}}}" for part in parts)
    if step < len(terms):
        return formula
    total = float(np.sum(log_p))
    return f"{formula} = {{{_coloured(tex(total) if adds else tex_of_log(total), colours['weight'])}}}"


def _conditional(i: int, source: str) -> str:
    before = {1: "", 2: "y_1"}.get(i, f"y_{{1:{i - 1}}}")
    return f"y_{{{i}}}" + _given(", ".join(filter(None, (before, source))))


def _given(what: str) -> str:
    return rf" \mid {what}" if what else ""


def _coloured(latex: str, colour: str) -> str:
    return rf"\textcolor{{{colour}}}{{{latex}}}"
