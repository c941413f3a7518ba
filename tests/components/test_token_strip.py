"""Token strips: what they send to the browser, and what they believe of the browser's answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.components import token_strip as module
from explorer.components.token_strip import Strip, token_strip
from tests.components.mounted import NONSENSE, Mounted
from tests.components.packed import unpack

WIDE = Strip("layer 1", "␣dog", 11, ("<b>", "the", "the"), (7, 5, 5), np.array([0.1, 0.6, 0.3]))
MASKED = Strip("", "", -1, ("a", "b"), (1, 2), np.array([1, 0], dtype=np.float32), np.array([True, False]))


@pytest.fixture
def mounted(monkeypatch) -> Mounted:
    return Mounted(monkeypatch, module)


def test_weights_and_masks_are_sent(mounted):
    token_strip([WIDE, MASKED], key="strips", picked=(0, 2), numbers=False)
    meta, arrays = unpack(mounted.data)
    assert meta["strips"][0] == {"title": "layer 1", "query": "␣dog", "query_id": 11, "keys": ["<b>", "the", "the"]}
    assert (meta["picked"], meta["picks"], meta["numbers"]) == ([0, 2], False, False)
    assert np.array_equal(arrays["weights0"], WIDE.weights.astype(np.float32))
    assert arrays["mask0"].tolist() == [1, 1, 1] and arrays["mask1"].tolist() == [1, 0]
    assert arrays["ids0"].tolist() == [7, 5, 5]


@pytest.mark.parametrize(
    "wrong", [{"keys": ("a",)}, {"key_ids": (1, 2)}, {"weights": np.ones(2)}, {"mask": np.ones(4, bool)}]
)
def test_strip_whose_parts_do_not_fit_is_refused(mounted, wrong):
    with pytest.raises(ValueError, match="strip 'layer 1' has"):
        token_strip([replace(WIDE, **wrong)], key="strips")


def test_pick_is_believed_only_if_there_is_such_a_key(mounted):
    picks = []
    token_strip([WIDE, MASKED], key="strips", on_pick=lambda *pick: picks.append(pick))
    for nonsense in (*NONSENSE, {"strip": 0}, {"strip": 2, "key": 0}, {"strip": 1, "key": 2}, {"strip": 0, "key": "1"}):
        mounted.answer("pick", nonsense)
    assert picks == []
    mounted.answer("pick", {"strip": 0, "key": 2})
    assert picks == [(0, 2)]
