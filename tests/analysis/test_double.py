"""A large matrix read in float64 piece by piece gives what its whole copy gives."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from explorer.analysis import double
from explorer.analysis.double import LARGE, ROWS, InDouble
from explorer.analysis.provenance import prove

RANDOM = np.random.default_rng(7)
MATRIX = RANDOM.normal(size=(ROWS * 2 + 13, 11)).astype(np.float32)  # a last piece that is not whole
WHOLE = MATRIX.astype(np.float64)
H = RANDOM.normal(size=(5, 11))


def test_products_and_rows_are_those_of_the_whole_copy(monkeypatch):
    monkeypatch.setattr(double, "ROWS_OF_MANY", 17)
    asked = InDouble(MATRIX)
    np.testing.assert_allclose(asked @ H[2], WHOLE @ H[2], rtol=0, atol=1e-13)
    np.testing.assert_allclose(H @ asked.T, H @ WHOLE.T, rtol=0, atol=1e-13)
    np.testing.assert_array_equal(asked[3:7, 2], WHOLE[3:7, 2])
    np.testing.assert_array_equal(asked[[5, 1]], WHOLE[[5, 1]])
    np.testing.assert_allclose(asked.mean(0), WHOLE.mean(0), rtol=0, atol=1e-15)
    assert asked[4].dtype == (asked @ H[0]).dtype == np.float64
    assert (len(asked), asked.shape) == (len(MATRIX), MATRIX.shape)


@pytest.mark.parametrize(("rows", "kind"), [(LARGE // 11 - 1, np.ndarray), (LARGE // 11 + 1, InDouble)])
def test_lines_of_code_get_a_large_matrix_without_a_copy(rows, kind):
    matrix = np.full((rows, 11), 0.1, dtype=np.float32)
    code = ["z = E @ h + b", "result = z[3] + E[2, 1]"]
    found = prove("", "", "", "", code, {"E": matrix, "h": H[0], "b": np.ones(rows)}, 0.0, "")
    assert type(found.inputs["E"]) is kind
    assert found.result == pytest.approx(np.float64(np.float32(0.1)) * (H[0].sum() + 1) + 1, abs=1e-14)


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(double).failed == 0
