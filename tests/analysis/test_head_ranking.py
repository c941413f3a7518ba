"""The order of the drops, and how far weights have moved, on numbers that can be checked by hand."""

from __future__ import annotations

from math import exp, nan

import numpy as np
import pytest

from explorer.analysis.attention_change import by_layer, largest_change, mean_entropy
from explorer.analysis.head_ranking import HeadDrop, ranked
from explorer.model.intervention import Place


def drop_of(head: int, after: float) -> HeadDrop:
    return HeadDrop(Place("decoder", 0, head), -2.0, after)


def test_the_largest_drop_comes_first():
    drops = [drop_of(0, -2.0), drop_of(1, nan), drop_of(2, -7.0), drop_of(3, -1.5), drop_of(4, -2.0)]
    assert [each.place.head for each in ranked(drops)] == [2, 0, 4, 3, 1]
    assert ranked(drops)[0].drop == 5.0 and ranked(drops)[0].ratio == pytest.approx(exp(-5.0))
    assert drop_of(3, -1.5).drop == -0.5 and drop_of(3, -1.5).ratio > 1


def test_weights_come_under_their_own_layer():
    own = np.random.default_rng(3).dirichlet(np.ones(7), (5, 2, 3)).astype(np.float32)
    passed = [np.full((2, 3, 7), n, np.float32) for n in (10, 11, 12, 13)]
    found = by_layer(passed, (0, 2, 2, 4), own)
    assert [found[layer, 0, 0, 0] for layer in range(5)] == [10, 0, 11, 0, 13]
    assert found.shape == own.shape


def test_the_largest_change_is_where_it_is():
    before = np.full((2, 3, 5, 7), 0.25, np.float32)
    after = before.copy()
    after[1, 2, 4, 6], after[0, 1, 2, 3] = 1.0, 0.0
    change = largest_change(before, after)
    assert (change.layer, change.head, change.query, change.key) == (1, 2, 4, 6)
    assert (change.before, change.after) == (0.25, 1.0)
    same = largest_change(before, before)
    assert same.before == same.after


def test_entropy_is_the_mean_over_all_heads():
    one, all_alike = np.array([1.0, 0, 0, 0]), np.full(4, 0.25)
    assert mean_entropy(np.stack([one, all_alike]).reshape(1, 2, 1, 4)) == pytest.approx(1.0)
    assert np.isnan(mean_entropy(np.empty(0)))
