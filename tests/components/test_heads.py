"""The components of the attention heads page: what they send to the browser, and what they believe of its answers."""

from __future__ import annotations

import numpy as np
import pytest
import streamlit as st

from explorer.components import head_grid, head_map, head_table, token_lines
from explorer.components.base import from_browser
from tests.components.packed import unpack

LAYERS, HEADS, QUERIES, KEYS = 2, 3, 5, 7
RANDOM = np.random.default_rng(11)
WEIGHTS = RANDOM.dirichlet(np.ones(KEYS), (LAYERS, HEADS, QUERIES)).astype(np.float32)
SCORES = RANDOM.normal(size=(QUERIES, KEYS)).astype(np.float32)
MASK = RANDOM.random((QUERIES, KEYS)) < 0.7
QUERY_AXIS = head_map.Axis(tuple(f"q{i}" for i in range(QUERIES)), tuple(range(100, 100 + QUERIES)))
KEY_AXIS = head_map.Axis(("the", "the", "the", "cat", "<b>", "␣a", "[EOS]"), tuple(range(200, 200 + KEYS)))


class Mounted:
    """Stands in for Streamlit: keeps what a component is given, and answers as a browser would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module) -> None:
        self.given: dict = {}
        monkeypatch.setattr(module, "declare", lambda name: self.given.update)
        self.session: dict = {}
        monkeypatch.setattr(st, "session_state", self.session)

    def message(self):
        return unpack(self.given["data"])

    def answer(self, event: str, value: object) -> None:
        self.session[self.given["key"]] = {event: value}
        self.given[f"on_{event}_change"]()


def test_grid_sends_every_head_as_bytes(monkeypatch):
    mounted = Mounted(monkeypatch, head_grid)
    options = {"title": "Cross", "selected": (1, 2), "crossed": [(0, 1)]}
    head_grid.head_grid(WEIGHTS, MASK, **options, key="grid", on_select=lambda *_: None)
    meta, arrays = mounted.message()
    assert meta == {
        "title": "Cross",
        "selected": [1, 2],
        "crossed": [[0, 1]],
        "scale_name": "weight",
        "limit": 1.0,
        "follows": None,
    }
    assert arrays["shades"].dtype == np.uint8
    assert np.abs(arrays["shades"] / 255 - WEIGHTS).max() <= 0.5 / 255 + 1e-6
    assert np.array_equal(arrays["mask"].astype(bool), MASK)
    half = {"scale_name": "difference", "limit": 0.5}
    head_grid.head_grid(WEIGHTS / 2, MASK, **options, **half, key="grid", on_select=lambda *_: None)
    meta, arrays_of_halves = mounted.message()
    assert meta.items() >= half.items() and np.array_equal(arrays_of_halves["shades"], arrays["shades"])


def test_map_sends_the_exact_numbers(monkeypatch):
    mounted = Mounted(monkeypatch, head_map)
    head_map.head_map(
        WEIGHTS[1, 2],
        SCORES,
        MASK,
        queries=QUERY_AXIS,
        keys=KEY_AXIS,
        pinned=(4, 6),
        title="Layer 2, head 3",
        score="q·k + b",
        key="map",
        on_pin=lambda *_: None,
    )
    meta, arrays = mounted.message()
    assert meta["keys"] == list(KEY_AXIS.labels)
    assert meta["pinned"] == [4, 6]
    assert arrays["weights"].tobytes() == WEIGHTS[1, 2].tobytes()
    assert arrays["scores"].tobytes() == SCORES.tobytes()
    assert arrays["query_ids"].tolist() == list(QUERY_AXIS.ids)
    assert arrays["key_ids"].tolist() == list(KEY_AXIS.ids)


def test_lines_state_their_threshold(monkeypatch):
    mounted = Mounted(monkeypatch, token_lines)
    token_lines.token_lines(
        WEIGHTS[0, 1], MASK, queries=QUERY_AXIS, keys=KEY_AXIS, title="", key="lines", threshold=0.03
    )
    meta, arrays = mounted.message()
    assert meta["threshold"] == 0.03
    assert arrays["weights"].tobytes() == WEIGHTS[0, 1].tobytes()


def test_table_sends_its_columns_and_numbers(monkeypatch):
    mounted = Mounted(monkeypatch, head_table)
    values = RANDOM.random((LAYERS, HEADS, 2))
    columns = [head_table.Column("Entropy", "bits", "Wide.", 2.5), head_table.Column("First", "share", "One.", 1.0)]
    head_table.head_table(values, columns=columns, selected=(0, 1), key="table", on_select=lambda *_: None)
    meta, arrays = mounted.message()
    assert [column["title"] for column in meta["columns"]] == ["Entropy", "First"]
    assert np.array_equal(arrays["values"], values.astype(np.float32))


@pytest.mark.parametrize("module", [head_grid, head_table])
def test_a_click_on_a_head_is_believed_only_if_there_is_such_a_head(monkeypatch, module):
    mounted, chosen = Mounted(monkeypatch, module), []
    if module is head_grid:
        head_grid.head_grid(
            WEIGHTS, MASK, title="", selected=(0, 0), key="k", on_select=lambda *pair: chosen.append(pair)
        )
    else:
        head_table.head_table(
            WEIGHTS[..., 0, :2],
            columns=[],
            selected=(0, 0),
            key="k",
            on_select=lambda *pair: chosen.append(pair),
        )
    for nonsense in (None, {}, {"layer": LAYERS, "head": 0}, {"layer": 0, "head": -1}, {"layer": "0", "head": 0}):
        mounted.answer("select", nonsense)
    assert chosen == []
    mounted.answer("select", {"layer": LAYERS - 1, "head": HEADS - 1})
    assert chosen == [(LAYERS - 1, HEADS - 1)]


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        "query",
        [0, 1],
        {"query": 0},
        {"query": True, "key": 0},
        {"query": 0.0, "key": 0},
        {"query": QUERIES, "key": 0},
        {"query": -1, "key": 0},
        {"query": 0, "key": KEYS},
        {"query": None, "key": 0},
    ],
)
def test_nonsense_from_a_browser_is_nothing(value):
    assert from_browser(value, query=QUERIES, key=KEYS) is None


def test_a_cell_from_a_browser():
    assert from_browser({"key": 6, "query": 4}, query=QUERIES, key=KEYS) == (4, 6)
