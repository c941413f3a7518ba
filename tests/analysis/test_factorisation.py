"""The factors of a text: by hand, in log space without underflow, and against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.analysis.factorisation import factorise, log_softmax

# In sixty-fourths, so that two logits are equal or clearly not.
finite = arrays(np.float64, (5, 7), elements=st.integers(-3200, 3200).map(lambda n: n / 64))


def logs(*rows):
    with np.errstate(divide="ignore"):
        return np.log(np.array(rows))


def by_hand():
    """p = 1/2, 1/8 and 1/4: the product is 1/64."""
    return factorise(logs([0.25, 0.5, 0.25, 0], [0.5, 0.25, 0.125, 0.125], [0.25, 0.25, 0.25, 0.25]), [1, 3, 2])


def test_by_hand():
    found = by_hand()
    assert len(found) == 3
    assert found.ids == (1, 3, 2)
    assert found.p == pytest.approx([1 / 2, 1 / 8, 1 / 4])
    assert found.log_p == pytest.approx([-math.log(2), -3 * math.log(2), -2 * math.log(2)])
    assert found.running_log_p == pytest.approx([-math.log(2), -4 * math.log(2), -6 * math.log(2)])
    assert found.total_log_p == pytest.approx(-math.log(64))
    assert found.perplexity == pytest.approx(4)  # 64^(1/3)
    assert found.bits_per_token == pytest.approx(2)
    assert found.entropy / math.log(2) == pytest.approx([1.5, 1.75, 2])
    assert found.best_ids.tolist() == [1, 0, 0]
    assert np.exp(found.best_log_p) == pytest.approx([1 / 2, 1 / 2, 1 / 4])


def test_the_rank_counts_only_what_is_more_probable():
    """Two tokens share the third place of row 1; in row 2 all are first."""
    assert by_hand().rank.tolist() == [1, 3, 1]
    z = np.array([[3.0, 1.0, 2.0, 1.0, 0.0]] * 5)
    assert factorise(z, range(5)).rank.tolist() == [1, 3, 2, 3, 5]


def test_a_part_is_a_text_of_its_own():
    part = by_hand().part(1)
    assert part.ids == (3, 2)
    assert part.p == pytest.approx([1 / 8, 1 / 4])
    assert part.running_log_p == pytest.approx([-3 * math.log(2), -5 * math.log(2)])
    assert part.perplexity == pytest.approx(32**0.5)
    assert part.rank.tolist() == [3, 1]
    assert by_hand().part(0, 1).ids == (1,)
    assert by_hand().part(0, 1).best_ids.tolist() == [1]


@given(finite, st.lists(st.integers(0, 6), min_size=5, max_size=5))
def test_every_number_is_what_its_definition_says(z, ids):
    found = factorise(z.astype(np.float32), ids)
    for i, (row, y) in enumerate(zip(z.astype(np.float32).tolist(), ids, strict=True)):
        total = math.fsum(math.exp(each) for each in row)
        p = [math.exp(each) / total for each in row]
        assert found.log_p[i] == pytest.approx(row[y] - math.log(total), abs=1e-12)
        assert found.p[i] == pytest.approx(p[y])
        assert found.rank[i] == 1 + sum(each > row[y] for each in row)
        assert found.entropy[i] == pytest.approx(-math.fsum(each * math.log(each) for each in p), abs=1e-9)
        assert found.best_ids[i] == row.index(max(row))
        assert found.best_log_p[i] == pytest.approx(max(row) - math.log(total), abs=1e-12)
    assert found.total_log_p == pytest.approx(math.fsum(found.log_p))
    assert found.total_log_p == pytest.approx(found.running_log_p[-1])
    assert math.log2(found.perplexity) == pytest.approx(found.bits_per_token)


def test_128_tiny_factors_do_not_underflow():
    """p = e^-20 each, up to 1 in 10^9: the product, e^-2560, is far below the smallest float64, about e^-745."""
    z = np.zeros((128, 3), dtype=np.float32)
    z[:, 0] = -20
    found = factorise(z, [0] * 128)
    each = -20 - math.log(2 + math.exp(-20))
    assert found.log_p == pytest.approx([each] * 128, abs=1e-12)
    assert found.total_log_p == pytest.approx(128 * each, abs=1e-9)
    assert found.perplexity == pytest.approx(math.exp(-each))
    assert found.bits_per_token == pytest.approx(-each / math.log(2))
    assert np.exp(found.total_log_p) == 0  # as a plain number it does underflow


def test_small_factors_keep_their_digits():
    """1 - p = 10^-9 for the first: in float32 it would be lost."""
    z = np.array([[0.0, -math.log(1e9)]])
    assert factorise(z, [0]).log_p[0] == pytest.approx(-1e-9, rel=1e-6)
    assert factorise(z, [0]).total_log_p < 0


@given(finite, st.floats(-1e4, 1e4))
def test_logits_may_be_shifted(z, shift):
    np.testing.assert_allclose(log_softmax(z + shift), log_softmax(z), rtol=0, atol=1e-9)
    np.testing.assert_allclose(np.exp(log_softmax(z)).sum(-1), 1, rtol=0, atol=1e-12)


def test_huge_logits_stay_finite():
    found = factorise(np.array([[1e4, -1e4, 0.0]], dtype=np.float32), [1])
    assert found.log_p[0] == -2e4
    assert found.entropy[0] == 0
    assert found.rank[0] == 3


@pytest.mark.parametrize(
    ("rows", "ids", "message"),
    [
        (0, [], "0 tokens do not go with the logits of 0 positions"),
        (3, [1, 2], "2 tokens do not go with the logits of 3 positions"),
        (2, [1, 2, 3], "3 tokens do not go with the logits of 2 positions"),
    ],
)
def test_tokens_and_logits_must_go_together(rows, ids, message):
    with pytest.raises(ValueError, match=message):
        factorise(np.zeros((rows, 5)), ids)
