"""The curves of the temperature: by hand at T = 1, towards one token when it is cold, towards all when it is hot."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.figures.style import LIGHT
from explorer.figures.temperature_curves import temperature_curves


def test_curves():
    p = np.array([0.1, 0.6, 0.25, 0.05])
    found = temperature_curves(np.log(p), ["<b>", "c"], temperature=1.0, palette=LIGHT)
    first, second = found.data
    assert first.name == "&lt;b>" and (np.diff(first.x) > 0).all()
    at_one = [np.interp(0, np.log(curve.x), curve.y) for curve in (first, second)]
    assert at_one == pytest.approx([0.6, 0.25], abs=2e-3)
    assert first.y[0] == pytest.approx(0.6**10 / (p**10).sum()) and second.y[0] < 1e-3
    assert (np.diff(first.y) < 0).all(), "a higher temperature takes from the first one"
    assert found.layout.shapes[0].x0 == 1.0


def test_what_was_dropped_does_not_matter():
    with np.errstate(divide="ignore"):
        log_p = np.log(np.array([0.0, 0.7, 0.3]))
    found = temperature_curves(log_p, ["b", "c"], temperature=2.0, palette=LIGHT)
    assert np.allclose(np.add(found.data[0].y, found.data[1].y), 1)
