"""The ledger: what it sends to the browser, and what it believes of the browser's answers."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf, log, nan

import pytest

from explorer.components import factor_ledger as module
from explorer.components.factor_ledger import COLUMNS, LedgerRow, Total, factor_ledger
from tests.components.mounted import NONSENSE, Mounted

ROWS = [
    LedgerRow("<b>", 7, 0.5, log(0.5), 1, 1.5, 0.5, log(0.5), "prompt"),
    LedgerRow("␣dog", 11, 0.25, log(0.25), 2, 2.5, 0.125, log(0.125), "continuation"),
    LedgerRow("[EOS]", 2, 0.0, -inf, 4000, 0.0, 0.0, -inf, "continuation"),
]


@pytest.fixture
def mounted(monkeypatch) -> Mounted:
    return Mounted(monkeypatch, module)


def draw(rows=ROWS, step=1, **options) -> None:
    factor_ledger(rows, key="ledger", title="The factors.", step=step, **options)


def test_every_digit_is_sent_and_infinity_survives_json(mounted):
    draw(totals=[Total("perplexity", inf), Total("p(y|x)", -900.5, "All.", is_log=True), Total("none", nan)])
    sent = json.loads(json.dumps(mounted.data, allow_nan=False))
    assert [row["label"] for row in sent["rows"]] == ["<b>", "␣dog", "[EOS]"]
    assert sent["rows"][1]["log_p"] == log(0.25)
    assert sent["rows"][2]["running_log_p"] == "-Infinity"
    assert [row["group"] for row in sent["rows"]] == ["prompt", "continuation", "continuation"]
    assert [total["value"] for total in sent["totals"]] == ["Infinity", -900.5, "NaN"]
    assert [total["is_log"] for total in sent["totals"]] == [False, True, False]
    assert sent["step"] == 1


def test_columns_keep_their_order(mounted):
    draw(columns=["running_log_p", "entropy", "p"], entropy_unit="nats")
    assert mounted.data["columns"] == ["p", "entropy", "running_log_p"]
    assert mounted.data["entropy_unit"] == "nats"


def test_where_there_is_no_product_its_columns_are_left_out(mounted):
    draw([replace(row, running_p=None, running_log_p=None) for row in ROWS])
    assert mounted.data["columns"] == ["p", "log_p", "rank", "entropy"]
    assert not mounted.data["has_product"]
    draw()
    assert mounted.data["columns"] == list(COLUMNS)


def test_ledger_without_rows(mounted):
    draw([], step=0)
    assert mounted.data["rows"] == []


@pytest.mark.parametrize("step", [-1, 4])
def test_step_that_is_not_there_is_refused(mounted, step):
    with pytest.raises(ValueError, match=f"step {step} is not from 0 to 3"):
        draw(step=step)


def test_unknown_column_is_refused(mounted):
    with pytest.raises(ValueError, match=r"no columns \['odds'\]; there are p, log_p"):
        draw(columns=["p", "odds"])


def test_logarithms_are_in_nats_or_bits(mounted):
    draw(log_unit="bits")
    assert mounted.data["log_unit"] == "bits"
    assert mounted.data["rows"][0]["log_p"] == log(0.5)
    with pytest.raises(ValueError, match="in nats or in bits, not in 'decibels'"):
        draw(log_unit="decibels")


def test_steps_from_the_browser_are_believed_only_if_they_exist(mounted):
    steps = []
    draw(on_step=steps.append)
    for nonsense in (*NONSENSE, {"step": 4}):
        mounted.answer("step", nonsense)
    assert steps == []
    for step in (0, 3):
        mounted.answer("step", {"step": step})
    assert steps == [0, 3]


def test_ledger_that_nobody_listens_to(mounted):
    draw()
    mounted.answer("step", {"step": 2})
