"""Position codes: what the readings tell apart, products and rotations, later codes; by hand and by loops."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer.analysis import position_codes as codes
from explorer.reference import sinusoidal_code

BASE = 11.0


def test_wavelengths_run_from_two_pi_nearly_to_base_times_two_pi():
    found = codes.wavelengths(6, 1000.0)
    np.testing.assert_allclose(found, [2 * math.pi, 2 * math.pi * 10, 2 * math.pi * 100])


def test_a_code_repeats_after_its_wavelength():
    code = sinusoidal_code(23, 2)
    back = codes.rotation(1, 2)  # base^0 = 1 radian a step
    np.testing.assert_allclose(np.linalg.matrix_power(back, 22) @ code[0], code[22], atol=1e-12)
    np.testing.assert_allclose(codes.wavelengths(2), [2 * math.pi])


@pytest.mark.parametrize("reading", ["sinusoidal", "sinusoidal-board"])
def test_largest_angles_are_those_of_the_last_position(reading):
    angles = codes.largest_angles(7, 6, reading, BASE)
    last = sinusoidal_code(7, 6, reading, BASE)[-1]
    np.testing.assert_allclose(np.sin(angles), last[0::2], atol=1e-12)
    np.testing.assert_allclose(np.cos(angles), last[1::2], atol=1e-12)


def test_the_board_never_completes_a_wave_and_keeps_dimension_0():
    assert codes.largest_angles(10_001, 10, "sinusoidal-board").max() == 1.0
    assert codes.largest_angles(8, 10, "sinusoidal").max() > 2 * math.pi
    code = sinusoidal_code(7, 6, "sinusoidal-board")
    np.testing.assert_array_equal(code[:, 0], math.sin(1))
    assert np.ptp(sinusoidal_code(7, 6)[:, 0]) > 1


def test_distances_by_hand():
    found = codes.distances(np.array([[0.0, 0], [3, 4], [0, 1]]))
    np.testing.assert_allclose(found, [[0, 5, 1], [5, 0, math.sqrt(18)], [1, math.sqrt(18), 0]], atol=1e-7)
    assert np.array_equal(found, found.T) and not np.diagonal(found).any()


def test_the_closest_pair_has_its_exact_distance():
    points = np.array([[0.0, 0], [100, 0], [100, 1e-6], [5, 5]])
    assert codes.closest_pair(points) == codes.Closest(1, 2, 1e-6, 1)
    line = np.array([[0.0], [2], [5], [7], [9]])
    assert codes.closest_pair(line) == codes.Closest(0, 1, 2.0, 3)  # the first of those that are as close
    with pytest.raises(ValueError, match="two positions, not 1"):
        codes.closest_pair(points[:1])


def test_all_neighbours_are_as_far_apart_in_the_papers_code():
    found = codes.closest_pair(sinusoidal_code(17, 6, base=BASE))
    assert (found.first, found.second, found.n_pairs) == (0, 1, 16)


def test_counting_what_can_be_told_apart():
    line = np.array([[0.0], [0.4], [0.8], [1.2], [0.4]])
    assert codes.count_distinct(line, 0.5) == 2  # 0 and 0.8; 1.2 is too near 0.8
    assert codes.count_distinct(line, 0.1) == 4
    assert codes.count_distinct(line, 9) == 1
    assert codes.count_distinct(line[:0], 1) == 0


def test_the_board_tells_few_positions_apart_where_the_paper_tells_all():
    n, d = 127, 64
    assert codes.count_distinct(sinusoidal_code(n, d), 0.1) == n
    assert codes.count_distinct(sinusoidal_code(n, d, "sinusoidal-board"), 0.1) == 9


def test_products_depend_on_the_offset_alone_in_the_papers_reading():
    n, d = 13, 14
    products = codes.dot_products(sinusoidal_code(n, d, base=BASE))
    for p in range(n):
        for q in range(n):
            expected = sum(math.cos((p - q) * BASE ** (-2 * i / d)) for i in range(d // 2))
            assert products[p, q] == pytest.approx(expected, abs=1e-12)
    by_offset = codes.products_by_offset(products)
    assert by_offset.spread < 1e-12
    np.testing.assert_allclose(by_offset.mean, codes.dot_by_offset(d, np.arange(n), BASE), atol=1e-12)
    board = codes.products_by_offset(codes.dot_products(sinusoidal_code(n, d, "sinusoidal-board", BASE)))
    assert board.spread > 0.1


def test_products_by_offset_are_the_diagonals():
    found = codes.products_by_offset(np.array([[1.0, 5, 9], [5, 2, 7], [9, 7, 6]]))
    np.testing.assert_array_equal(found.mean, [3, 6, 9])
    np.testing.assert_array_equal(found.smallest, [1, 5, 9])
    np.testing.assert_array_equal(found.largest, [6, 7, 9])
    assert found.spread == 5


def test_one_matrix_moves_every_position_by_k():
    code = sinusoidal_code(17, 10, base=BASE)
    for k in (0, 1, 5, 16):
        matrix = codes.rotation(k, 10, BASE)
        for pos in range(17 - k):
            np.testing.assert_allclose(matrix @ code[pos], code[pos + k], atol=1e-12)
        assert codes.rotation_error(code, k, BASE) < 1e-12
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(10), atol=1e-12)
    assert codes.rotation_error(code, 3, BASE + 1) > 0.01  # another base: another rotation
    assert codes.rotation_error(code, 17, BASE) == 0  # no two positions are that far apart


def test_a_rotation_by_hand():
    quarter = codes.rotation(1, 2, 10.0) @ [0.0, 1.0]
    np.testing.assert_allclose(quarter, [math.sin(1), math.cos(1)])


def test_rotary_products_see_the_distance_only():
    rng = np.random.default_rng(0)
    q, k = rng.normal(size=6), rng.normal(size=6)

    def score(i: int, j: int) -> float:
        return float(codes.rotary(q[None], [i])[0] @ codes.rotary(k[None], [j])[0])

    assert score(2, 5) == pytest.approx(score(9, 12)) and score(0, 0) == pytest.approx(q @ k)
    assert abs(score(2, 5) - score(5, 2)) > 0.01
    turned = codes.rotary(np.array([[1.0, 0]]), [1])
    np.testing.assert_allclose(turned, [[math.cos(1), math.sin(1)]])


def test_rotary_scores_are_pair_by_pair_products():
    rng = np.random.default_rng(1)
    q, keys, i, scale = rng.normal(size=4), rng.normal(size=(5, 4)), 3, 0.5
    found = codes.rotary_scores(q, keys, i, scale, BASE)
    for j in range(5):
        expected = 0.0
        for pair in range(2):
            angle = (j - i) * BASE ** (-2 * pair / 4)
            a, b = q[2 * pair : 2 * pair + 2], keys[j, 2 * pair : 2 * pair + 2]
            turned = (b[0] * math.cos(angle) - b[1] * math.sin(angle), b[0] * math.sin(angle) + b[1] * math.cos(angle))
            expected += a[0] * turned[0] + a[1] * turned[1]
        assert found[j] == pytest.approx(expected * scale)


def test_alibi_by_hand():
    np.testing.assert_allclose(codes.alibi_slopes(8), [2.0**-n for n in range(1, 9)])
    np.testing.assert_array_equal(codes.alibi_bias(3, 0.5), [[0, -0.5, -1], [-0.5, 0, -0.5], [-1, -0.5, 0]])
