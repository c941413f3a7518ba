"""Probabilities against values worked out by hand, and against properties that any softmax has."""

import numpy as np
import pytest

from explorer.analysis import predictions
from explorer.analysis.factorisation import factorise
from explorer.analysis.predictions import largest, softmax, some_rows, token_probabilities, top_k


def test_softmax_by_hand():
    np.testing.assert_allclose(softmax(np.log([1.0, 2.0, 5.0])), [1 / 8, 2 / 8, 5 / 8], atol=1e-15)


def test_softmax_of_each_row_is_its_own():
    logits = np.random.default_rng(0).normal(size=(3, 5, 7)).astype(np.float32)
    probabilities = softmax(logits)
    assert probabilities.dtype == np.float64
    np.testing.assert_allclose(probabilities.sum(-1), 1, atol=1e-14)
    np.testing.assert_allclose(probabilities[2, 3], softmax(logits[2, 3]), atol=0)


def test_softmax_survives_huge_logits_and_minus_infinity():
    np.testing.assert_allclose(softmax(np.array([1e30, 1e30, -np.inf])), [0.5, 0.5, 0.0])


def test_top_k_is_sorted_and_counts_all_tokens():
    prediction = top_k(np.log([1.0, 4.0, 2.0, 3.0]), 2)
    assert prediction.ids.tolist() == [1, 3]
    np.testing.assert_allclose(prediction.probabilities, [0.4, 0.3], atol=1e-15)


def test_top_k_of_equals_takes_the_smaller_id_and_never_more_than_there_are():
    assert top_k(np.zeros(3), 5).ids.tolist() == [0, 1, 2]


def test_top_k_refuses_zero():
    with pytest.raises(ValueError, match="at least 1, not 0"):
        top_k(np.zeros(3), 0)


def test_token_probabilities_pair_each_row_with_the_token_that_follows():
    shares = np.array([[1, 2, 5], [3, 3, 2], [6, 1, 1]]) / 8
    np.testing.assert_allclose(token_probabilities(np.log(shares), [2, 1, 0]), [5 / 8, 3 / 8, 6 / 8], atol=1e-15)


def test_token_probabilities_multiply_to_the_probability_of_the_text():
    rng = np.random.default_rng(1)
    logits, ids = rng.normal(size=(5, 7)), [1, 6, 0, 3, 3]
    expected = np.prod([np.exp(row[i]) / np.exp(row).sum() for row, i in zip(logits, ids, strict=True)])
    np.testing.assert_allclose(token_probabilities(logits, ids).prod(), expected, rtol=1e-12)


def test_token_probabilities_names_both_lengths():
    with pytest.raises(ValueError, match="2 tokens do not go with the logits of 3 positions"):
        token_probabilities(np.zeros((3, 3)), [0, 1])


@pytest.mark.parametrize("k", [1, 2, 7, 100, 101, 150])
def test_the_largest_are_the_first_of_a_stable_sort(k):
    values = np.random.default_rng(k).integers(0, 13, 101).astype(float)  # with many equal ones
    np.testing.assert_array_equal(largest(values, k), np.argsort(-values, kind="stable")[:k])


def test_a_long_text_is_read_some_rows_at_a_time(monkeypatch):
    logits = np.random.default_rng(3).standard_normal((11, 7))
    ids = [*range(7), 3, 1, 0, 6]
    whole, factors = token_probabilities(logits, ids), factorise(logits, ids)
    monkeypatch.setattr(predictions, "AT_ONCE", 15)  # two rows, and one at the end
    assert [here.stop for here in some_rows(logits)] == [2, 4, 6, 8, 10, 12]
    np.testing.assert_array_equal(token_probabilities(logits, ids), whole)
    for name, values in vars(factorise(logits, ids)).items():
        np.testing.assert_array_equal(values, getattr(factors, name))
