"""What the bars send is taken only where it is a weight from 0 to 1 for keys of this row that are not masked."""

import json

import numpy as np
import pytest

from explorer.components import weight_row as module
from explorer.components.weight_row import WeightRow, read_edit, weight_row
from tests.components.mounted import Mounted
from tests.components.packed import unpack

MASK = np.array([True, True, False])
OWN = np.array([0.25, 0.75, 0.0], np.float32)
ROW = WeightRow("decoder.1.2.3", ("a", "<b>", "c"), (5, 7, 11), OWN, OWN, MASK, ((1, 0.5),), "masked")


def sent(*weights, name=ROW.name):
    return {"name": name, "weights": [list(pair) for pair in weights]}


def test_good_edits():
    assert read_edit(ROW, sent((1, 0.5), (0, 0))) == ((0, 0.0), (1, 0.5))
    assert read_edit(ROW, sent()) == ()


@pytest.mark.parametrize("value", [
    None, 3, [], {}, sent((0, 0.5), name="decoder.1.2.4"), {"name": ROW.name, "weights": {"0": 1}},
    {"name": ROW.name, "weights": [0, 1]}, {"name": ROW.name, "weights": ["01"]},
    *(sent((key, 0.5)) for key in (-1, 2, 3, 0.0, "0", True, None)),
    *(sent((0, weight)) for weight in (-0.1, 1.1, float("nan"), float("inf"), "0.5", None, True, [1])),
    sent((0, 0.5), (0, 0.6)), {"name": ROW.name, "weights": [[0, 0.5, 1]]},
])  # fmt: skip
def test_anything_else(value):
    assert read_edit(ROW, value) is None


def test_the_callback_hears_what_is_good(monkeypatch):
    mounted, heard = Mounted(monkeypatch, module), []
    weight_row(ROW, key="row", title="A row", on_edit=heard.append)
    meta, arrays = unpack(mounted.data)
    assert meta["given"] == [[1, 0.5]] and json.dumps(meta["labels"]) == '["a", "<b>", "c"]'
    np.testing.assert_array_equal(arrays["own"], OWN)
    mounted.answer("edit", sent((0, 0.125)))
    mounted.answer("edit", sent((2, 0.125)))
    mounted.answer("edit", None)
    assert heard == [((0, 0.125),)]


def test_sizes_must_agree():
    with pytest.raises(ValueError, match="as many keys"):
        weight_row(WeightRow("x", ("a",), (5,), OWN, OWN, MASK, (), ""), key="row", title="A row")
