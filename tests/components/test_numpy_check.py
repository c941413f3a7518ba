"""The comparison of a number with NumPy: what the browser is sent."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from explorer.analysis.provenance import prove
from explorer.components import numpy_check
from explorer.components.numpy_check import coloured
from tests.components.mounted import Mounted

CODE = ["q, k = Q[2], K[3]  # from 0", "s = 'two lines'", "result = q @ k / np.sqrt(7)"]


def found(shown: float):
    random = np.random.default_rng(5)
    arrays = {"Q": random.normal(size=(3, 7)), "K": random.normal(size=(5, 7))}
    exact = float(arrays["Q"][2] @ arrays["K"][3] / np.sqrt(7))
    return exact, prove("score", "s", "q k", "1", CODE, arrays, exact + shown, "scores[2, 3] of the trace")


def test_both_results_and_their_difference_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted = Mounted(monkeypatch, numpy_check)
    exact, each = found(0.0)
    numpy_check.numpy_check(each, key="check", whose="The laboratory")
    data = mounted.data
    assert float(data["result"]) == pytest.approx(exact, rel=1e-8)
    assert data["shown"] == str(np.float32(exact)) and data["agrees"] and data["whose"] == "The laboratory"
    assert data["source"] == "The laboratory's number is scores[2, 3] of the trace."
    assert "".join(text for _, text in data["code"]) == "\n".join(CODE)
    _, wrong = found(0.1)
    numpy_check.numpy_check(wrong, key="check")
    assert not mounted.data["agrees"] and mounted.data["difference"] == pytest.approx(0.1)


def test_the_code_is_whole_and_its_words_are_told_apart() -> None:
    pieces = coloured("\n".join(CODE))
    looks = {text.strip(): look for look, text in pieces}
    assert looks["# from 0"] == "quiet" and looks["'two lines'"] == "text" and looks["2"] == looks["7"] == "known"
    assert coloured("") == []
    assert all(one[0] != other[0] for one, other in pairwise(pieces))
