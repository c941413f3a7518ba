"""What the curves of the temperature send to the browser: every number as NumPy has it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.analysis.temperature import over_temperatures
from explorer.components import temperature_curves as module
from explorer.components.base import script_of
from explorer.components.temperature_curves import LINES, temperature_curves
from tests.components.mounted import Mounted

CURVES = over_temperatures(np.array([0.1, 0.6, 0.25, 0.05]), 2, 0.8)


def test_every_number_is_sent_with_all_its_digits(monkeypatch):
    mounted = Mounted(monkeypatch, module)
    temperature_curves(CURVES, ["<b>", "c"], key="curves", title="Two tokens.")
    assert mounted.data["labels"] == ["<b>", "c"] and mounted.data["title"] == "Two tokens."
    assert mounted.data["temperatures"][mounted.data["chosen"]] == 0.8
    assert mounted.data["temperatures"] == CURVES.temperatures.tolist()
    np.testing.assert_array_equal(mounted.data["probabilities"], CURVES.probabilities)


def test_each_curve_has_a_label_and_a_line_of_its_own(monkeypatch):
    Mounted(monkeypatch, module)
    with pytest.raises(ValueError, match="there are 1 labels for 2 curves"):
        temperature_curves(CURVES, ["a"], key="curves", title="T")
    five = replace(CURVES, ids=np.arange(5), probabilities=np.zeros((5, 3)))
    with pytest.raises(ValueError, match="4 curves can be told apart, not 5"):
        temperature_curves(five, list("abcde"), key="curves", title="T")
    dashes = next(line for line in script_of("temperature_curves").splitlines() if "const DASHES" in line)
    assert dashes.count("], [") + 1 == LINES
