"""Texts beside each other: by hand, and against a second way of computing the same."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.comparison import (
    changed_rows,
    common_start,
    largest_difference,
    relative_belief,
    running_lead,
)
from explorer.analysis.factorisation import Factorisation, factorise


def factors(seed: int, n: int) -> Factorisation:
    random = np.random.default_rng(seed)
    return factorise(random.normal(size=(n, 11)) * 3, random.integers(11, size=n))


def test_texts_begin_alike_up_to_the_first_difference():
    assert common_start([(1, 2, 3), (1, 2, 5), (1, 2)]) == 2
    assert common_start([(1, 2), (1, 2)]) == 2
    assert common_start([(7,), (5,), (7,)]) == 0
    assert common_start([(3, 1, 4)]) == 3


def test_belief_is_the_share_of_each_even_where_p_underflows():
    np.testing.assert_allclose(relative_belief([np.log(0.2), np.log(0.05)]), [0.8, 0.2], rtol=0, atol=1e-15)
    np.testing.assert_allclose(relative_belief([-2000.0, -2000.0 + np.log(3)]), [0.25, 0.75], rtol=0, atol=1e-12)
    assert relative_belief([-5.0]) == [1.0]


@pytest.mark.parametrize(("n", "m"), [(5, 5), (3, 7), (7, 3), (1, 4), (1, 1)])
def test_lead_is_the_difference_of_the_sums_so_far(n, m):
    one, other = factors(2, n), factors(3, m)
    lead = running_lead(one, other)
    assert lead.shape == (n,)
    for i in range(n - 1):
        assert lead[i] == pytest.approx(sum(one.log_p[: i + 1]) - sum(other.log_p[: i + 1]), abs=1e-12)
    assert lead[-1] == pytest.approx(one.total_log_p - other.total_log_p, abs=1e-12)
    assert not running_lead(one, one).any()


def test_differences_and_changed_rows():
    one = np.arange(6, dtype=np.float32).reshape(2, 3)
    other = one.copy()
    other[1, 2] -= 0.5
    assert largest_difference(one, other) == 0.5
    assert largest_difference(np.zeros((0, 3)), np.zeros((0, 3))) == 0
    assert changed_rows(one, other).tolist() == [1]
    assert changed_rows(one, one).tolist() == []
