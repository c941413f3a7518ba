"""Where a number comes from: its formula, the numbers put in, and the lines of NumPy that compute it again.

The lines are the check: what is shown is what is executed, on the arrays that it names, and the result stands beside
the running model's own number. The lines are always the explorer's own, never anything a visitor typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

from explorer.analysis.double import LARGE, InDouble
from explorer.reference import softmax

TOLERANCE = 1e-5  # the model computes in float32, with 24 bits of mantissa; sums of hundreds of terms lose some of them
FUNCTIONS: dict[str, Callable] = {"softmax": softmax}  # what the lines may call besides NumPy


@dataclass(frozen=True)
class Provenance:
    """One number of the running model, and everything needed to check it.

    ``formula`` and ``substituted`` are LaTeX: the right-hand side in symbols, and with the numbers put in.
    """

    title: str  # in words: "score of query 3 and key 5"
    symbol: str  # LaTeX of the left-hand side
    formula: str
    substituted: str
    code: str  # NumPy; its last line sets ``result``
    inputs: Mapping[str, Any]  # the arrays that the code names, in float64
    shown: float  # the running model's own number, in float32
    source: str  # where in the trace or the weights that number lies
    result: float  # what the code gave
    note: str = ""  # what else a reader should know: how many terms a sum has
    is_count: bool = False  # a whole number, written with all of its digits

    @property
    def difference(self) -> float:
        """|result - shown|; 0 where both are the same infinity."""
        return 0.0 if self.result == self.shown else abs(self.result - self.shown)

    @property
    def result_tex(self) -> str:
        """The result in LaTeX: three significant digits, or all of a whole number's."""
        return f"{self.result:.0f}" if self.is_count else tex(self.result)

    @property
    def agrees(self) -> bool:
        """Whether the difference is at most 1e-5, relative for numbers above 1 (never for NaN)."""
        finite = np.isfinite(self.result) and np.isfinite(self.shown)
        return self.difference <= (TOLERANCE * max(1.0, abs(self.shown)) if finite else 0.0)


def prove(
    title: str,
    symbol: str,
    formula: str,
    substituted: str,
    code: Sequence[str],
    arrays: Mapping[str, Any],
    shown: float,
    source: str,
    note: str = "",
    is_count: bool = False,
) -> Provenance:
    """Run ``code`` on those of ``arrays`` that it names, and put what it gave beside ``shown``.

    Raises
    ------
    NameError
        If the code names something that it neither sets nor is in ``arrays``.
    """
    text = "\n".join(code)
    compiled = _compile(text)
    inputs = {name: _double(arrays[name]) for name in compiled.co_names if name in arrays}
    namespace = {"np": np, **FUNCTIONS, **inputs}
    exec(compiled, namespace)
    result = float(namespace["result"])
    return Provenance(title, symbol, formula, substituted, text, inputs, float(shown), source, result, note, is_count)


@lru_cache(maxsize=512)
def _compile(code: str) -> CodeType:
    return compile(code, "<provenance>", "exec")


def _double(value: Any) -> Any:
    """Sums in float64 are exact enough that what differs is the model's own rounding."""
    if isinstance(value, np.ndarray) and value.dtype == np.float32:
        return value.astype(np.float64) if value.ndim != 2 or value.size < LARGE else InDouble(value)
    return value


def tex(value: float, digits: int = 3) -> str:
    r"""A number in LaTeX, with three significant digits, written as everywhere on screen.

    >>> tex(-0.000012345), tex(12.3456), tex(float("-inf"))
    ('-1.23\\cdot10^{-5}', '12.3', '-\\infty')
    """
    value = float(value)
    if np.isnan(value):
        return r"\text{not a number}"
    if np.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    if value == 0:
        return "0"
    if -4 <= int(power) < digits + 2:
        return f"{float(f'{value:.{digits - 1}e}'):.{max(digits - 1 - int(power), 0)}f}"
    return rf"{mantissa}\cdot10^{{{int(power)}}}"


def factor(value: float) -> str:
    """A number in LaTeX where another stands before it: negative ones in brackets."""
    return f"({tex(value)})" if value < 0 else tex(value)


def sum_tex(terms: Sequence[str], shown: int = 3) -> str:
    r"""A sum in LaTeX; of a long one the first terms and the last.

    >>> sum_tex(["a", "-b", "c", "d", "e", "-f"])
    'a - b + c + \\dots - f'
    """
    if len(terms) > shown + 2:
        terms = [*terms[:shown], r"\dots", terms[-1]]
    signed = (f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in terms[1:])
    return terms[0] + "".join(signed)


def products_tex(left: np.ndarray, right: np.ndarray, shown: int = 3) -> str:
    """The sum of the products of two vectors in LaTeX, the numbers put in."""
    n = len(left)
    chosen = range(n) if n <= shown + 2 else [*range(shown), n - 1]  # no need to write what is left out
    terms = [rf"{tex(left[a])}\cdot{factor(right[a])}" for a in chosen]
    return sum_tex(terms if len(terms) == n else [*terms[:shown], r"\dots", terms[-1]], shown)


def terms_note(n: int) -> str:
    """How many terms a sum has, said where not all of them are written out.

    >>> terms_note(128), terms_note(4)
    ('The sum has 128 terms.', '')
    """
    return f"The sum has {n} terms." if n > 5 else ""
