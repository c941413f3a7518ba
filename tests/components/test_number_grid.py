"""What the table of numbers sends is taken only where it is a finite number for a place of this parameter."""

import numpy as np
import pytest

from explorer.components import number_grid as module
from explorer.components.number_grid import NumberGrid, number_grid, read_value
from tests.components.mounted import Mounted

GRID = NumberGrid("w", "W_Q", np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float32))


def sent(value, row=1, column=2, name="w"):
    return {"name": name, "row": row, "column": column, "value": value}


def test_good_values():
    assert read_value(GRID, sent(-7), 7.0) == (1, 2, -7.0)
    assert read_value(GRID, sent(None), 7.0) == (1, 2, None)


@pytest.mark.parametrize("value", [
    None, 3, [], {}, sent(1, name="v"), sent(1, row=2), sent(1, column=-1), sent(1, column=1.0), sent(1, row=True),
    *(sent(bad) for bad in (7.1, float("nan"), float("-inf"), "1", True, [1])), {"name": "w", "row": 0, "column": 0},
])  # fmt: skip
def test_anything_else(value):
    assert read_value(GRID, value, 7.0) is None


def test_the_callbacks_hear_what_is_good(monkeypatch):
    mounted, heard = Mounted(monkeypatch, module), []
    number_grid(
        GRID,
        key="grid",
        title="Numbers",
        picked=(0, 0),
        reach=1.0,
        largest=7.0,
        on_pick=lambda *place: heard.append(place),
        on_value=lambda *found: heard.append(found),
    )
    mounted.answer("pick", {"row": 1, "column": 2})
    mounted.answer("pick", {"row": 2, "column": 2})
    mounted.answer("value", sent(0.5))
    mounted.answer("value", sent("0.5"))
    assert heard == [(1, 2), (1, 2, 0.5)]
