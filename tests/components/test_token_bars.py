"""Token bars: what they send to the browser, and what they believe of the browser's answers."""

from __future__ import annotations

import json

import pytest

from explorer.components import token_bars as module
from explorer.components.token_bars import BarGroup, TokenBar, token_bars
from tests.components.mounted import NONSENSE, Mounted

PLAIN = BarGroup("", (TokenBar("<b>", 7, 0.5), TokenBar("␣dog", 11, 0.25), TokenBar("␣a", 3, 0.125)))
FULL = BarGroup("next", (TokenBar("␣a", 3, 0.7, 1), TokenBar("␣the", 5, 0.001, 89)), 5, ("3,998 others", 0.299))


@pytest.fixture
def mounted(monkeypatch) -> Mounted:
    return Mounted(monkeypatch, module)


def test_plain_bars_have_nothing_added(mounted):
    token_bars([PLAIN], key="bars")
    (group,) = mounted.data["groups"]
    assert group["bars"][0] == {"label": "<b>", "token_id": 7, "probability": 0.5, "rank": None}
    assert (group["marked"], group["tail"], mounted.data["picks"]) == (None, None, False)


def test_mark_ranks_and_tail_are_sent(mounted):
    token_bars([PLAIN, FULL], key="bars", on_pick=lambda *_: None, pick_title="take this one")
    sent = json.loads(json.dumps(mounted.data))
    assert sent["groups"][1]["marked"] == 5
    assert [bar["rank"] for bar in sent["groups"][1]["bars"]] == [1, 89]
    assert sent["groups"][1]["tail"] == ["3,998 others", 0.299]
    assert sent["picks"] and sent["pick_title"] == "take this one"


def test_pick_is_believed_only_if_there_is_such_a_bar(mounted):
    picks = []
    token_bars([PLAIN, FULL], key="bars", on_pick=lambda *pick: picks.append(pick))
    wrong = [{"group": 2, "bar": 0}, {"group": 1, "bar": 2}, {"group": 0, "bar": -1}, {"group": "0", "bar": 0}]
    for nonsense in (*NONSENSE, {"group": 0}, *wrong):
        mounted.answer("pick", nonsense)
    assert picks == []
    mounted.answer("pick", {"group": 0, "bar": 2})
    mounted.answer("pick", {"group": 1, "bar": 1})
    assert picks == [(0, 2), (1, 1)]


def test_bars_that_cannot_be_picked_ignore_picks(mounted):
    token_bars([PLAIN], key="bars")
    mounted.answer("pick", {"group": 0, "bar": 0})
