"""What the laboratory sends to the browser, and what it believes of the answers."""

from __future__ import annotations

import re

import numpy as np
import pytest

from explorer.components import score_laboratory as component
from explorer.components.base import FOLDER
from explorer.components.score_laboratory import Measure, read_size, score_laboratory
from tests.components.mounted import NONSENSE, Mounted
from tests.components.packed import unpack

VALUES = np.arange(6, dtype=float).reshape(2, 3)
ROWS = np.arange(30, dtype=float).reshape(2, 3, 5) / 7


@pytest.fixture
def mounted(monkeypatch):
    return Mounted(monkeypatch, component)


def show(heard):
    measures = [Measure("<b>", "v", VALUES, VALUES * np.nan, ratio=True), Measure("H", "h", VALUES, VALUES, top=3.0)]
    score_laboratory(measures, ROWS, ROWS + 1, (1, 4, 11), key="lab", m=4, largest=11, on_size=heard.append)


def test_everything_is_sent_at_once(mounted):
    show([])
    meta, arrays = unpack(mounted.data)
    assert (meta["m"], meta["largest"], [each["title"] for each in meta["measures"]]) == (4, 11, ["<b>", "H"])
    assert arrays["sizes"].tolist() == [1, 4, 11]
    np.testing.assert_array_equal(arrays["measured"], np.stack([VALUES, VALUES]))
    assert np.isnan(arrays["theory"][0]).all() and not np.isnan(arrays["theory"][1]).any()
    np.testing.assert_array_equal(arrays["weights"], (ROWS + 1).astype(np.float32))


def test_only_a_size_is_heard(mounted):
    heard = []
    show(heard)
    for value in (*NONSENSE, 0, 12, 3.0, True, 7):
        mounted.answer("size", value)
    assert heard == [3, 7]  # 3 is among the nonsense of the other components
    assert read_size(11, 11) == 11 and read_size("11", 11) is None


def test_the_browser_computes_no_number_that_is_shown():
    """Its mathematics places things on the canvas: no exponential, no root, and no sum of what was sent."""
    code = "".join((FOLDER / name).read_text() for name in ("score_laboratory.js", "parts/score_panels.js"))
    assert not re.search(r"Math\.(exp|sqrt|pow|random)", code)
    assert set(re.findall(r"digits\(([\w.\[\]]+)", code)) <= {
        "value",
        "theory",
        "weights[j]",
        "scores[j]",
    }
