"""What the table and the aligned tokens send to the browser."""

from __future__ import annotations

import math

import pytest

from explorer.components import aligned_tokens as aligned_module
from explorer.components import number_table as table_module
from explorer.components.aligned_tokens import AlignedText, AlignedToken, aligned_tokens
from explorer.components.number_table import Column, number_table
from tests.components.mounted import Mounted

COLUMNS = [Column("token", "token"), Column("p", "share"), Column("difference", "signed"), Column("sum", digits=12)]


def test_a_table_is_sent_as_it_is(monkeypatch):
    mounted = Mounted(monkeypatch, table_module)
    rows = [(("<b>", 7), 0.25, -2.5, 1.0), (("a", 3), 0.5, 0.5, None), ("log p", -3.0, -99.0, -math.inf)]
    number_table(COLUMNS, rows, key="table", title="Some numbers", marked=[1], n_totals=1)
    assert mounted.data["rows"][0] == [("<b>", 7), 0.25, -2.5, 1.0]
    assert mounted.data["rows"][2][3] == "-Infinity"
    assert [column["limit"] for column in mounted.data["columns"]] == [0.0, 0.5, 2.5, 1.0]  # without the total
    assert [column["digits"] for column in mounted.data["columns"]] == [3, 3, 3, 12]
    assert (mounted.data["marked"], mounted.data["first_total"]) == ([1, 2], 2)


def test_what_is_no_table_is_refused(monkeypatch):
    Mounted(monkeypatch, table_module)
    with pytest.raises(ValueError, match="no kind of column 'colour'"):
        number_table([Column("a", "colour")], [], key="t", title="")
    with pytest.raises(ValueError, match="a row has 1 cells, and there are 4 columns"):
        number_table(COLUMNS, [(1,)], key="t", title="")


def test_aligned_tokens_are_sent_with_where_they_part(monkeypatch):
    mounted = Mounted(monkeypatch, aligned_module)
    best = AlignedText("line 1", (AlignedToken("a", 2, 0.5, 0.0),), True, None)
    other = AlignedText("line 2", (AlignedToken("b", 3, 0.0, -math.inf),), False, 0)
    aligned_tokens([best, other], key="tokens", title="Two")
    one, two = mounted.data["rows"]
    assert (one["is_best"], one["common"], two["common"]) == (True, None, 0)
    assert two["tokens"] == [{"label": "b", "token_id": 3, "p": 0.0, "lead": "-Infinity"}]
