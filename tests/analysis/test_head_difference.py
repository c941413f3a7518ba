"""Distances of heads, by hand and by their properties."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from explorer.analysis import head_difference
from explorer.analysis.head_difference import paired_labels, total_variation


def test_examples_run():
    assert doctest.testmod(head_difference).failed == 0


def test_distance_by_hand():
    one = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]])
    other = np.array([[0.0, 0.0, 1.0], [0.5, 0.25, 0.25]])
    assert total_variation(one, other) == pytest.approx((1 + 0.25) / 2)
    assert total_variation(one, one) == 0


def test_distances_of_many_heads_are_between_0_and_1_and_keep_the_triangle():
    rng = np.random.default_rng(5)
    a, b, c = rng.dirichlet(np.full(11, 0.3), size=(3, 2, 5, 7))  # [layer, head, query, key]
    assert total_variation(a, b).shape == (2, 5)
    np.testing.assert_array_equal(total_variation(a, b), total_variation(b, a))
    for layer, head in np.ndindex(2, 5):
        rows = [
            max((one - other)[one > other].sum(), 0) for one, other in zip(a[layer, head], b[layer, head], strict=True)
        ]
        assert total_variation(a, b)[layer, head] == pytest.approx(np.mean(rows))  # the mass that has to move
    assert (total_variation(a, c) <= total_variation(a, b) + total_variation(b, c) + 1e-12).all()
    assert (total_variation(a, b) <= 1).all()


def test_other_shapes_have_no_distance():
    with pytest.raises(ValueError, match="no difference"):
        total_variation(np.ones((2, 3, 5)), np.ones((2, 3, 7)))
    with pytest.raises(ValueError):
        paired_labels(("a",), ("a", "b"))
