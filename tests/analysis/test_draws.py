"""Counting draws, and how far chance lets a frequency lie from its probability."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from explorer.analysis.draws import binomial_band, most_frequent


def test_counts_and_their_order():
    assert most_frequent([(3,), (1, 2), (3,), (5,)]) == [((3,), 2), ((1, 2), 1), ((5,), 1)]
    assert most_frequent([]) == []


def test_band_by_hand():
    # 3 draws with p = 1/2: counts 0..3 have 1/8, 3/8, 3/8, 1/8. Half of the probability lies from 1 to 2.
    low, high = binomial_band(np.array([0.5]), 3, level=0.5)
    assert (low[0], high[0]) == (1 / 3, 2 / 3)


@pytest.mark.parametrize("n", [1, 2, 7, 23, 200])
@pytest.mark.parametrize("p", [0.0, 1e-6, 0.03, 0.31, 0.5, 0.97, 1.0])
def test_band_against_the_binomial_distribution(n, p):
    """The smallest counts at which the sum of the terms, exactly computed, reaches 2.5 and 97.5 %."""
    terms = [comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    up_to = np.cumsum(terms)
    low, high = binomial_band(np.array([p]), n)
    assert round(low[0] * n) == int(np.argmax(up_to >= 0.025 - 1e-9))
    assert round(high[0] * n) == int(np.argmax(up_to >= 0.975 - 1e-9))


def test_band_needs_a_draw():
    with pytest.raises(ValueError, match="at least one draw"):
        binomial_band(np.array([0.5]), 0)
