"""The number board: what it sends to the browser, and what it believes of the browser's answers."""

from __future__ import annotations

import numpy as np
import pytest
import streamlit as st

from explorer.analysis.board import COLUMN, ROW, Block, Board, Line
from explorer.components import number_board as module
from explorer.components.number_board import number_board, read_pick, scale_limit
from tests.components.packed import unpack

STRIP = Block("q", "q_i", np.array([0.5, -2, 1], dtype=np.float32), "q", (4, COLUMN), words="query 5")
GRID = Block(
    "masked",
    "ã_{ij}",
    np.array([[1, -np.inf], [-3, 2], [0, 0]], dtype=np.float32),
    "signed",
    (ROW, COLUMN),
    rows=("<b>", "the", "the"),
    columns=("the", "the"),
    mark=(1, 0),
    lit=False,
)
NUMBER = Block("dot", "q^⊤ k", np.float32(7).reshape(()), "plain", (4, 2))
BOARD = Board((Line((STRIP,), "first"), Line((GRID, "=", NUMBER))), (2, 0, 0))


@pytest.fixture
def given(monkeypatch):
    """What the component is given, with Streamlit's part left out."""
    given: dict = {}
    monkeypatch.setattr(module, "declare", lambda *names: given.update)
    monkeypatch.setattr(st, "session_state", {})
    return given


def test_every_number_is_sent_exactly(given):
    number_board(BOARD, key="board", title="Step", picked=(1, 2, 1))
    meta, arrays = unpack(given["data"])
    assert np.array_equal(arrays["b0"], STRIP.values[None])
    assert np.array_equal(arrays["b1"], GRID.values)
    assert arrays["b2"].tolist() == [[7]]
    assert meta["picked"] == [1, 2, 1]
    assert [line["items"] for line in meta["lines"]] == [[0], [1, "=", 2]]
    assert [line["caption"] for line in meta["lines"]] == ["first", ""]
    assert [block["dims"] for block in meta["blocks"]] == [1, 2, 0]
    assert meta["blocks"][1]["rows"] == ["<b>", "the", "the"]
    assert [block["lit"] for block in meta["blocks"]] == [True, False, True]


def test_the_scale_ends_at_the_largest_finite_number():
    assert scale_limit(STRIP) == 2
    assert scale_limit(GRID) == 3
    assert scale_limit(Block("x", "x", np.array([-np.inf], dtype=np.float32), "signed")) == 0
    assert scale_limit(Block("x", "x", STRIP.values, "signed", limit=9.0)) == 9


def test_a_pick_reaches_the_page(given):
    picks = []
    number_board(BOARD, key="board", title="Step", picked=(0, 0, 0), on_pick=picks.append)
    st.session_state["board"] = {"pick": {"block": 1, "row": 2, "column": 1}}
    given["on_pick_change"]()
    assert picks == [(1, 2, 1)]


@pytest.mark.parametrize(
    "value",
    [
        None,
        "nonsense",
        [],
        {},
        {"block": 0},
        {"block": 3, "row": 0, "column": 0},
        {"block": 0, "row": 1, "column": 0},
        {"block": 0, "row": 0, "column": 3},
        {"block": 1, "row": -1, "column": 0},
        {"block": 1, "row": 0.5, "column": 0},
        {"block": True, "row": 0, "column": 0},
        {"block": "0", "row": 0, "column": 0},
    ],
)
def test_what_is_no_place_on_the_board_is_ignored(given, value):
    picks = []
    number_board(BOARD, key="board", title="Step", picked=(0, 0, 0), on_pick=picks.append)
    st.session_state["board"] = {"pick": value}
    given["on_pick_change"]()
    assert picks == []
    assert read_pick(BOARD, value) is None
