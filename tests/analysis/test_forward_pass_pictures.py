"""The small pictures of boxes: exact where there is room, fair means where there is not."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.forward_pass import Sheet
from explorer.analysis.forward_pass_pictures import COLUMNS, MASKED, MIDDLE, ROWS, picture_of


def sheet(values, role="signed", **more) -> Sheet:
    return Sheet("", "", "", np.asarray(values, dtype=np.float32), role, **more)


def test_a_small_sheet_is_painted_exactly():
    picture = picture_of(sheet([[-2, 0, 2], [1, -1, 0]]))
    assert picture.is_exact
    assert picture.points.tolist() == [[0, MIDDLE, 254], [190, 64, MIDDLE]]
    assert picture_of(sheet([[0, 0.5, 1]], "weight")).points.tolist() == [[0, 127, 254]]


def test_zeros_alone_are_the_middle():
    assert (picture_of(sheet(np.zeros((3, 5)))).points == MIDDLE).all()


def test_what_is_masked_is_told():
    mask = np.array([[True, False], [True, True]])
    points = picture_of(sheet([[1, 9, 1, 9], [1, 1, 1, 1]], groups=2, mask=mask)).points
    assert points.tolist() == [[254, MASKED, 254, MASKED], [254, 254, 254, 254]]


def test_every_number_of_a_large_sheet_counts_once():
    values = np.random.default_rng(1).normal(size=(53, 2 * 131)).astype(np.float32)
    picture = picture_of(sheet(values, groups=2))
    assert picture.points.shape == (ROWS, COLUMNS) and picture.piece == (3, 3)
    half = COLUMNS // 2
    # The piece before the middle ends where the first head ends.
    rows, columns = [n * 53 // ROWS for n in (5, 6)], [(half - 1) * 131 // half, 131]
    mean = values[slice(*rows), slice(*columns)].mean()
    others = picture_of(sheet(values * 0 + mean, groups=2)).points
    assert np.sign(int(picture.points[5, half - 1]) - MIDDLE) == np.sign(int(others[0, 0]) - MIDDLE)


@pytest.mark.parametrize("shape", [(1, 1), (1, 600), (200, 1), (24, 96), (25, 97)])
def test_no_picture_is_larger_than_its_room(shape):
    points = picture_of(sheet(np.ones(shape))).points
    assert points.shape == (min(shape[0], ROWS), min(shape[1], COLUMNS))
