"""The temperature: by hand at three of them, against softmax(z / T), towards one token when cold, to all when hot."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.predictions import softmax
from explorer.analysis.temperature import HIGHEST, LOWEST, POINTS, over_temperatures


def at(curves, temperature: float) -> np.ndarray:
    """The probabilities of all its tokens at one of its temperatures."""
    (point,) = np.flatnonzero(curves.temperatures == temperature)
    return curves.probabilities[:, point]


def test_by_hand():
    p = np.array([1, 4, 4, 16]) / 25  # at T = 2 their roots: 1, 2, 2, 4; at T = 0.5 their squares: 1, 16, 16, 256
    for temperature, expected in ((1.0, [16 / 25, 4 / 25, 4 / 25]), (2.0, [4 / 9, 2 / 9, 2 / 9]),
                                  (0.5, [256 / 289, 16 / 289, 16 / 289])):  # fmt: skip
        found = over_temperatures(p, 3, temperature)
        assert found.ids.tolist() == [3, 1, 2]  # of equals, the smaller id first
        assert found.temperatures[found.chosen] == temperature
        assert at(found, temperature) == pytest.approx(expected, rel=1e-14)


def test_every_point_is_the_softmax_of_the_logits_over_t():
    z = np.random.default_rng(7).normal(0, 3, 53)
    found = over_temperatures(softmax(z), 5, 0.85)
    assert found.ids.tolist() == np.argsort(-z)[:5].tolist()
    expected = np.stack([softmax(z / t)[found.ids] for t in found.temperatures], axis=1)
    assert found.probabilities.shape == (5, POINTS + 1)
    np.testing.assert_allclose(found.probabilities, expected, rtol=1e-11)


def test_the_temperatures_rise_evenly_on_a_logarithmic_axis_and_have_few_digits():
    found = over_temperatures(np.array([0.1, 0.6, 0.25, 0.05]), 2, LOWEST)
    t = found.temperatures
    assert (t[0], t[-1], len(t)) == (LOWEST, HIGHEST, POINTS)  # the chosen one is there once
    assert np.diff(np.log(t)) == pytest.approx(np.log(HIGHEST / LOWEST) / (POINTS - 1), rel=0.2)
    assert all(len(str(each)) <= 5 for each in t.tolist())
    assert (np.diff(found.probabilities[0]) < 0).all(), "a higher temperature takes from the first one"
    assert found.probabilities[1, 0] < 1e-3


def test_a_token_that_was_dropped_stays_at_0_and_a_short_list_is_no_error():
    found = over_temperatures(np.array([0.0, 0.7, 0.3]), 4, 2.0)
    assert found.ids.tolist() == [1, 2, 0]
    assert not found.probabilities[2].any()
    np.testing.assert_allclose(found.probabilities.sum(0), 1, rtol=1e-14)


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("inf"), float("nan")])
def test_no_such_temperature(wrong):
    with pytest.raises(ValueError, match="above 0 and finite, not"):
        over_temperatures(np.array([0.5, 0.5]), 1, wrong)
