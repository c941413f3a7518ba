"""The pictures of the residual stream: what they send to the browser, and what they believe of its answers."""

from __future__ import annotations

import json
from types import ModuleType

import pytest

from explorer.components import contribution_grid as grid_module
from explorer.components import signed_bars as bars_module
from explorer.components import token_grid as tokens_module
from explorer.components.contribution_grid import Cell, Column, contribution_grid
from explorer.components.signed_bars import SignedBar, signed_bars
from explorer.components.token_grid import TokenCell, token_grid
from tests.components.mounted import NONSENSE, Mounted

COLUMNS = (Column("heads", "1"), Column("heads", "2"), Column("feed-forward", "", wide=True))
CELLS = (Cell(0, 0, -3.0, "token", label="token", span=3, form="bar"), Cell(1, 1, 2.0, "head 2"), Cell(1, 2, 0.5, "ff"))
TOKENS = [[TokenCell("<b>", 0.25, 7), TokenCell("rank 3", 0.5)]]


def mount(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> Mounted:
    return Mounted(monkeypatch, module)


def test_the_grid_has_one_scale_and_believes_in_its_own_cells(monkeypatch):
    mounted, picks = mount(monkeypatch, grid_module), []
    contribution_grid(
        ["embedding", "layer 1"], COLUMNS, CELLS, key="grid", title="parts", picked=1, on_pick=picks.append
    )
    sent = json.loads(json.dumps(mounted.data))
    assert (sent["limit"], sent["picked"], sent["rows"]) == (3.0, 1, ["embedding", "layer 1"])
    assert sent["cells"][0] == {
        "row": 0, "column": 0, "value": -3.0, "words": "token", "label": "token", "span": 3, "form": "bar",
    }  # fmt: skip
    for nonsense in (*NONSENSE, {"cell": 3}, {"cell": -1}, {"cell": "1"}):
        mounted.answer("pick", nonsense)
    mounted.answer("pick", {"cell": 2})
    assert picks == [2]


@pytest.mark.parametrize("cell", [Cell(2, 0, 1, ""), Cell(0, 2, 1, "", span=2), Cell(-1, 0, 1, "")])
def test_a_cell_outside_of_the_grid_is_refused(cell):
    with pytest.raises(ValueError, match="outside of the 2 rows and 3 columns"):
        contribution_grid(["a", "b"], COLUMNS, [cell], key="grid", title="", on_pick=print)


def test_an_unknown_form_is_refused():
    with pytest.raises(ValueError, match="'pie'"):
        contribution_grid(["a"], COLUMNS, [Cell(0, 0, 1, "", form="pie")], key="grid", title="", on_pick=print)


def test_bars_share_a_scale_that_their_sums_do_not_stretch(monkeypatch):
    mounted, picks = mount(monkeypatch, bars_module), []
    bars = [SignedBar("a", -2.0), SignedBar("b", float("nan"))]
    signed_bars(bars, key="bars", title="", ends=[SignedBar("sum", 40.0)], on_pick=picks.append)
    sent = json.loads(json.dumps(mounted.data))
    assert sent["limit"] == 2.0 and sent["bars"][1]["value"] == "NaN" and sent["ends"][0]["label"] == "sum"
    for nonsense in (*NONSENSE, {"bar": 2}):
        mounted.answer("pick", nonsense)
    mounted.answer("pick", {"bar": 1})
    assert picks == [1]


def test_tokens_are_sent_as_they_are_and_picks_are_checked(monkeypatch):
    mounted, picks = mount(monkeypatch, tokens_module), []
    token_grid(["layer 1"], ["a", "b"], TOKENS, key="grid", title="", on_pick=lambda *place: picks.append(place))
    sent = json.loads(json.dumps(mounted.data))
    assert sent["cells"][0][0] == {"label": "<b>", "probability": 0.25, "token_id": 7, "marked": False}
    for nonsense in (*NONSENSE, {"row": 0}, {"row": 1, "column": 0}, {"row": 0, "column": 2}):
        mounted.answer("pick", nonsense)
    mounted.answer("pick", {"row": 0, "column": 1})
    assert picks == [(0, 1)]


@pytest.mark.parametrize(("rows", "columns"), [(["a", "b"], ["c", "d"]), (["a"], ["c"])])
def test_a_table_with_holes_is_refused(rows, columns):
    with pytest.raises(ValueError, match="one cell for each"):
        token_grid(rows, columns, TOKENS, key="grid", title="", on_pick=print)
