"""The formula that fills in: which terms it has, which are lit, and which numbers stand below them."""

from __future__ import annotations

import doctest
import re
from itertools import pairwise

import numpy as np
import pytest

from explorer.analysis import factorisation_formula as module
from explorer.analysis.factorisation_formula import (
    continuation_formula,
    product_formula,
    pseudo_formula,
    tex_of_log,
    written_out,
)

COLOURS = {"text": "#111111", "weight": "#222222", "muted": "#333333"}
LOG_P = np.log([0.5, 0.25, 0.8])


def coloured(latex: str, name: str) -> str:
    """Everything of that colour."""
    return " ".join(part for part in latex.split(r"\textcolor") if part.startswith(f"{{{COLOURS[name]}}}"))


def test_before_the_first_factor_all_are_quiet():
    latex = product_formula(LOG_P, 0, "x", COLOURS)
    assert COLOURS["weight"] not in latex and COLOURS["text"] not in latex
    assert all(term in latex for term in (r"p(y_{1} \mid x)", r"p(y_{2} \mid y_1, x)", r"p(y_{3} \mid y_{1:2}, x)"))
    assert "0.5" not in latex


def test_the_current_factor_is_lit_and_those_before_have_numbers():
    latex = product_formula(LOG_P, 2, "x", COLOURS)
    assert "0.500" in coloured(latex, "text") and "p(y_{1}" in coloured(latex, "text")
    assert "0.250" in coloured(latex, "weight") and "p(y_{2}" in coloured(latex, "weight")
    assert "p(y_{3}" in coloured(latex, "muted") and "0.800" not in latex


def test_at_the_end_stands_the_product():
    assert "0.100" in product_formula(LOG_P, 3, "x", COLOURS)  # 0.5 * 0.25 * 0.8
    assert "0.100" not in product_formula(LOG_P, 2, "x", COLOURS)


def test_a_gpt_has_no_source():
    latex = product_formula(LOG_P, 1, "", COLOURS)
    assert "x" not in re.sub(r"\\[a-z]+", "", latex)
    assert "p(y_{1})" in latex and r"p(y_{2} \mid y_1)" in latex


def test_behind_a_bottleneck_each_factor_is_given_one_vector():
    latex = product_formula(LOG_P, 1, r"\bar x", COLOURS)
    assert r"p(y_{2} \mid y_1, \bar x)" in latex and r"y_{3} \mid x)" in latex  # all of them together: given x


def test_the_continuation_is_the_product_of_its_own_factors():
    latex = continuation_formula(LOG_P, 1, 3, COLOURS)
    assert r"p(y_{2:3} \mid y_{1:1})" in latex and "0.200" in latex  # 0.25 * 0.8
    assert COLOURS["muted"] in continuation_formula(LOG_P, 1, 1, COLOURS)


def test_a_bert_adds_logs_and_never_multiplies():
    latex = pseudo_formula(LOG_P, 3, False, COLOURS)
    assert r"\cdot\," not in latex and " + " in latex
    assert tex_of_log(0.0) not in latex and "-2.30" in latex  # ln 0.1
    assert "-3.32" in pseudo_formula(LOG_P, 3, True, COLOURS)  # log2 0.1


@pytest.mark.parametrize("n", [1, 2, 5, 6, 7, 8, 13, 128])
def test_nothing_is_left_out_silently(n):
    for step in range(n + 1):
        shown = written_out(n, step)
        numbers = [i for i in shown if i is not None]
        assert numbers[0] == 1 and numbers[-1] == n and (step in numbers or step == 0)
        assert numbers == sorted(set(numbers))
        for before, after in pairwise(shown):
            if before is not None and after is not None:
                assert after == before + 1
        for at, i in enumerate(shown):
            if i is None:
                assert shown[at + 1] - shown[at - 1] > 2  # dots stand for two factors or more
        assert len(shown) <= 9


def test_a_product_too_small_for_a_float_is_written():
    assert tex_of_log(-5000.0) == r"3.37\cdot10^{-2172}"
    assert tex_of_log(float("-inf")) == "0"


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(module).failed == 0
