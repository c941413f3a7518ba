"""What the sliders send is taken only where it is one number in range for each size."""

import pytest

from explorer.components.shape_sliders import Size, read_sizes

SIZES = [Size("n_heads", "s", "number of heads", 3, 7), Size("d_k", "m", "size of each q and k", 5, 11, smallest=2)]
GOOD = {"n_heads": 7, "d_k": 2}


def test_good_values():
    assert read_sizes(SIZES, {"values": GOOD, "linked": True}) == GOOD


@pytest.mark.parametrize(
    "sent",
    [
        None,
        7,
        "n_heads",
        [],
        {},
        {"values": None},
        {"values": {}},
        {"values": {"n_heads": 7}},
        *({"values": {**GOOD, "n_heads": bad}} for bad in (0, 8, -1, True, 1.0, "3", None, [3], 10**9)),
        {"values": {**GOOD, "d_k": 1}},
    ],
)
def test_anything_else(sent):
    assert read_sizes(SIZES, sent) is None


def test_what_nobody_asked_for_is_left_out():
    assert read_sizes(SIZES, {"values": {**GOOD, "seed": 3}}) == GOOD
