"""The picture of many draws: its data, its axes, and its band."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.draws import binomial_band
from explorer.figures.draw_frequencies import Outcome, draw_frequencies, inside_band
from explorer.figures.style import LIGHT

OUTCOMES = [Outcome("a", 13, 0.5), Outcome("<b>", 7, 0.31), Outcome("c", 0, 0.19)]
N = 20


def figure(log: bool):
    return draw_frequencies(OUTCOMES, N, log=log, x_title="p", palette=LIGHT)


def test_dots_are_probability_and_frequency():
    dots = figure(log=False).data[2]
    assert list(dots.x) == [0.5, 0.31, 0.19]
    assert list(dots.y) == [13 / 20, 7 / 20, 0]
    assert dots.customdata[1][0] == "&lt;b&gt;", "what a model wrote is no HTML"


def test_a_logarithm_has_no_place_for_what_never_came():
    found = figure(log=True)
    assert list(found.data[2].x) == [0.5, 0.31]
    assert found.layout.xaxis.type == found.layout.yaxis.type == "log"


@pytest.mark.parametrize("log", [False, True])
def test_both_axes_have_one_range_that_holds_the_dots(log):
    found = figure(log)
    low, high = found.layout.xaxis.range
    assert (low, high) == tuple(found.layout.yaxis.range)
    values = np.array([*found.data[2].x, *found.data[2].y])
    shown = np.log10(values) if log else values
    assert (low <= shown).all() and (shown <= high).all()
    assert list(found.data[1].x) == list(found.data[1].y)


def test_the_band_is_the_binomials():
    band = figure(log=False).data[0]
    half = len(band.x) // 2
    x = np.clip(np.array(band.x[:half]), 0, 1)
    low, high = binomial_band(x, N)
    assert np.array_equal(np.array(band.y[:half]), high) and np.array_equal(np.array(band.y[half:])[::-1], low)


def test_how_many_lie_in_the_band():
    assert inside_band(OUTCOMES, N) == 2, "0 of 20 is rarer than 2.5 % where p = 0.19"
    assert inside_band([Outcome("a", 20, 0.5), Outcome("b", 0, 1e-6)], N) == 1
