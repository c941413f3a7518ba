"""What the boxes of the forward pass and their sheets of numbers send to the browser, and what they take from it."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.forward_pass import Box, Section, Sheet
from explorer.components import number_sheets as sheets_module
from explorer.components import pass_boxes as boxes_module
from explorer.components.number_sheets import Headed, number_sheets
from explorer.components.pass_boxes import pass_boxes, pictures_of
from tests.components.mounted import NONSENSE, Mounted
from tests.components.packed import unpack


def sheet(number: str, shape: tuple[int, int], **more) -> Sheet:
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape) - 2
    return Sheet(number, number, f"words of {number}", values, "signed", **more)


def box(name: str, shape: tuple[int, int]) -> Box:
    return Box(name, f"title of {name}", "sum", None, sheet("state", shape), (7, *shape), "r + o")


SECTIONS = (Section("decoder", (0, 0), "First", (box("a", (2, 3)), box("b", (1, 5)))),)


def test_boxes_are_sent_with_their_pictures(monkeypatch):
    mounted, opened = Mounted(monkeypatch, boxes_module), []
    pass_boxes(
        SECTIONS, pictures_of(SECTIONS), key="boxes", title="All", opened="b", heading="Decoder", on_open=opened.append
    )
    meta, arrays = unpack(mounted.data)
    first, second = meta["sections"][0]["boxes"]
    assert (meta["opened"], meta["heading"], first["shape"]) == ("b", "Decoder", "7 × 2 × 3")
    assert (first["at"], second["at"], arrays["points"].size) == (0, 6, 11)
    mounted.answer("open", "a")
    for value in ("c", *NONSENSE):
        mounted.answer("open", value)
    assert opened == ["a"]


def test_sheets_are_sent_with_all_digits(monkeypatch):
    mounted, picks = Mounted(monkeypatch, sheets_module), []
    mask = np.array([[True, False], [True, True]])
    both = [Headed(sheet("score", (2, 4), groups=2, mask=mask), "scores"), Headed(sheet("mean", (3, 1)))]
    number_sheets(both, key="sheets", title="All", picked=(1, 2, 0), on_pick=picks.append)
    meta, arrays = unpack(mounted.data)
    assert [each["heading"] for each in meta["sheets"]] == ["scores", ""]
    assert meta["sheets"][0]["limit"] == 5 and meta["picked"] == [1, 2, 0]
    np.testing.assert_array_equal(arrays["s0"], both[0].sheet.values)
    assert arrays["m0"].tolist() == [[1, 0], [1, 1]] and "m1" not in arrays
    mounted.answer("pick", {"sheet": 0, "row": 1, "column": 3})
    for place in ({"sheet": 1, "row": 0, "column": 1}, {"sheet": 2, "row": 0, "column": 0}, *NONSENSE):
        mounted.answer("pick", place)
    assert picks == [(0, 1, 3)]


@pytest.mark.parametrize("groups", [1, 2])
def test_what_the_mask_hides_is_hidden_in_every_head(groups):
    mask = np.array([[True, False]])
    assert sheet("s", (1, 2 * groups), groups=groups, mask=mask).seen().tolist() == [[True, False] * groups]
