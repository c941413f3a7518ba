"""Filter bars: what they send to the browser, and which draws they refuse to show."""

from __future__ import annotations

import json

import pytest

from explorer.components import filter_bars as module
from explorer.components.filter_bars import Die, FilterRow, FilterStage, filter_bars
from tests.components.mounted import Mounted

STAGES = [FilterStage("softmax(z)", "", 5, 1.0), FilterStage("top-k", "k = 2", 2, 0.75, "k = 2")]
ROWS = [FilterRow("<b>", 7, (0.5, 2 / 3)), FilterRow("␣dog", 11, (0.25, 1 / 3)), FilterRow("␣a", 3, (0.125, None))]
TAIL = FilterRow("2 others together", None, (0.125, 0.0))


@pytest.fixture
def mounted(monkeypatch) -> Mounted:
    return Mounted(monkeypatch, module)


def test_every_number_is_sent(mounted):
    filter_bars(STAGES, ROWS, key="filters", title="Filters.", tail=TAIL, die=Die(0.7, 1))
    sent = json.loads(json.dumps(mounted.data))
    assert [stage["kept"] for stage in sent["stages"]] == [5, 2]
    assert sent["stages"][1]["mass"] == 0.75 and sent["stages"][1]["cut"] == "k = 2"
    assert [row["probabilities"] for row in sent["rows"]] == [[0.5, 2 / 3], [0.25, 1 / 3], [0.125, None]]
    assert sent["tail"]["probabilities"] == [0.125, None]
    assert sent["die"] == {"u": 0.7, "row": 1}


def test_without_tail_and_die(mounted):
    filter_bars(STAGES, ROWS, key="filters", title="Filters.")
    assert mounted.data["tail"] is None and mounted.data["die"] is None


def test_row_with_too_few_stages_is_refused(mounted):
    with pytest.raises(ValueError, match="'␣x' does not have one probability for each of 2 stages"):
        filter_bars(STAGES, [FilterRow("␣x", 1, (0.5,))], key="filters", title="")


@pytest.mark.parametrize("die", [Die(1.0, 0), Die(-0.1, 0), Die(0.5, 2), Die(0.5, 3), Die(0.5, 4), Die(0.5, -1)])
def test_draw_that_cannot_be_is_refused(mounted, die):
    with pytest.raises(ValueError, match="is no draw from the last stage"):
        filter_bars(STAGES, ROWS, key="filters", title="", tail=TAIL, die=die)
