"""The components of the positions page: what they send to the browser, and what they believe of its answers."""

from __future__ import annotations

import numpy as np
import pytest
import streamlit as st

from explorer.components import line_chart as charts
from explorer.components import matrix_maps as maps
from explorer.components import position_check as check
from explorer.components import position_waves as waves
from explorer.components.line_chart import Curve, line_chart
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.components.position_waves import Dial, Waves, position_waves, read_waves
from explorer.reference import sinusoidal_code
from tests.components.packed import unpack

DIALS = [
    Dial("pos", "Position", 0, 511),
    Dial("dim", "Dimension", 0, 511),
    Dial("base", "Base", 2, 1000, ratio=True),
    Dial("d", "d", 2, 512, step=2),
    Dial("length", "Length", 2, 512),
]
GOOD = {"pos": 3, "dim": 5, "base": 11, "d": 14, "length": 7, "kept": [0, 6]}


@pytest.fixture
def given(monkeypatch):
    """What the component is given, with Streamlit's part left out."""
    given: dict = {}
    for module in (charts, maps, check, waves):
        monkeypatch.setattr(module, "declare", lambda *names: given.update)
    monkeypatch.setattr(st, "session_state", {})
    return given


def test_waves_send_their_values_and_bounds(given):
    position_waves(Waves(14, 7, 11, 3, 5, (0, 6)), DIALS, key="waves")
    assert {**given["data"]["values"], "kept": given["data"]["kept"]} == GOOD
    assert given["data"]["numbers"][3] == {
        "name": "d", "label": "d", "low": 2, "high": 512, "step": 2, "ratio": False
    }  # fmt: skip


def test_what_was_let_go_of_reaches_the_page(given):
    heard = []
    position_waves(Waves(14, 7, 11, 3, 5), DIALS, key="waves", on_change=heard.append)
    st.session_state["waves"] = {"place": GOOD}
    given["on_place_change"]()
    st.session_state["waves"] = {"place": {**GOOD, "d": 513}}
    given["on_place_change"]()
    assert heard == [Waves(14, 7, 11, 3, 5, (0, 6))]


@pytest.mark.parametrize(
    "wrong",
    [
        {"pos": 7},
        {"pos": -1},
        {"dim": 14},
        {"d": 13},
        {"d": True},
        {"base": 1},
        {"base": 10**9},
        {"base": 11.0},
        {"length": "7"},
        {"kept": None},
        {"kept": [7]},
        {"kept": [1, 1]},
        {"kept": [0, 1, 2, 3, 4]},
        {"kept": ["0"]},
    ],
)
def test_what_is_no_code_is_ignored(wrong):
    assert read_waves(GOOD, DIALS) is not None
    assert read_waves({**GOOD, **wrong}, DIALS) is None


@pytest.mark.parametrize("value", [None, 3, [], {}, "x", {"kept": []}])
def test_anything_else_is_nothing(value):
    assert read_waves(value, DIALS) is None


def test_every_float64_arrives_bit_by_bit(given):
    code = sinusoidal_code(7, 6, base=11.0)
    check.position_check(code, base=11, key="check")
    meta, arrays = unpack(given["data"])
    assert meta == {"length": 7, "d": 6, "base": 11, "tolerance": check.TOLERANCE}
    halves = np.ascontiguousarray(arrays["codes"])
    assert halves.shape == (7, 6, 2)
    np.testing.assert_array_equal(halves.view("<f8")[..., 0], code)


TWO = [
    MatrixMap("<b>", np.array([[1, -3], [2, 0], [0, 0]], np.float32), ("a", "b", "b")),
    MatrixMap("c", np.array([[0.5]]), mask=np.array([[False]])),
]


def test_maps_share_one_scale(given):
    matrix_maps(TWO, key="maps", title="Two", row_name="pos", column_name="dimension")
    meta, arrays = unpack(given["data"])
    assert meta["limit"] == 3 and meta["picks"] is False and meta["first"] == 0
    assert meta["maps"][0] == {"title": "<b>", "rows": ["a", "b", "b"], "columns": []}
    np.testing.assert_array_equal(arrays["m0"], TWO[0].values)
    assert arrays["m1"].tolist() == [[0.5]] and arrays["mask1"].tolist() == [[0]] and "mask0" not in arrays
    with pytest.raises(ValueError, match="role must be one of signed, weight, not 'q'"):
        matrix_maps(TWO, key="maps", title="Two", row_name="r", column_name="c", role="q")


def test_a_pick_lies_on_its_own_map(given):
    picks = []
    matrix_maps(TWO, key="maps", title="Two", row_name="r", column_name="c", on_pick=lambda *cell: picks.append(cell))
    for value in ({"map": 0, "row": 2, "column": 1}, {"map": 1, "row": 1, "column": 0}, {"map": 2}, None, "x"):
        st.session_state["maps"] = {"pick": value}
        given["on_pick_change"]()
    assert picks == [(0, 2, 1)]


def test_curves_are_sent_with_all_their_digits(given):
    values = np.array([0.1, np.nan, -np.inf])
    line_chart([Curve("a", values), Curve("b", np.zeros(3), "dashed", low=values, high=values)],
               key="chart", title="T", x_name="k", labels=("x", "y", "z"), first=1)  # fmt: skip
    assert given["data"]["first"] == 1
    first, second = given["data"]["curves"]
    assert first["values"] == [0.1, "NaN", "-Infinity"] and first["low"] is None
    assert second["high"] == [0.1, "NaN", "-Infinity"] and second["style"] == "dashed"


def test_curves_that_do_not_fit_are_refused(given):
    with pytest.raises(ValueError, match=r"as many points as each other, not \[2, 3\]"):
        line_chart([Curve("a", np.zeros(3)), Curve("b", np.zeros(2))], key="chart", title="T", x_name="k")
    with pytest.raises(ValueError, match="not 'wavy'"):
        line_chart([Curve("a", np.zeros(3), "wavy")], key="chart", title="T", x_name="k")
