"""The n-gram model: its formula by hand, its sums, and KenLM's own figures for the same text."""

import math

import numpy as np
import pytest

from explorer.training.evaluation.kneser_ney import KneserNey
from explorer.training.evaluation.ngrams import discounts

# log10 p of each sentence of drawn(5, 11), from KenLM 0.3.0's lmplz and query after drawn(211, 7) (a word w for each
# id), by order; 2 has discounts of its own, of the others some fall back (--discount_fallback).
KENLM = {
    2: [-9.025104, -12.239227, -5.21238, -13.43443, -5.119005],
    3: [-9.900184, -12.519896, -5.5025425, -15.552963, -5.1567593],
    5: [-10.503685, -12.974307, -5.5025425, -15.552963, -5.1567593],
}


def drawn(n, seed):
    """Sentences of 211 words, the frequent ones frequent: 0, words from 2 on, and 1 at the end."""
    state = seed

    def uniform():
        nonlocal state
        state = (1103515245 * state + 12345) % 2**31
        return state / 2**31

    sentences = []
    for _ in range(n):
        sentence = [0]
        for _ in range(2 + int(9 * uniform())):
            sentence.append(2 + (5 * (sentence[-1] if len(sentence) > 1 else 0) + int(211 * uniform() ** 6)) % 211)
        sentences.append([*sentence, 1])
    return sentences


@pytest.mark.parametrize("order", KENLM)
def test_probabilities_are_kenlms(order):
    train, test = drawn(211, 7), drawn(5, 11)
    types = {word for sentence in train for word in sentence[1:]}
    model = KneserNey(train, order, len(types) + 1)  # KenLM counts an unknown word too; here it has an id instead
    log_p = model.log_probabilities(test) / math.log(10)
    ends = np.cumsum([len(sentence) - 1 for sentence in test])
    assert [float(part.sum()) for part in np.split(log_p, ends[:-1])] == pytest.approx(KENLM[order], abs=1e-5)


@pytest.mark.parametrize("order", [1, 2, 5])
def test_probabilities_of_all_tokens_add_up_to_1_and_are_those_of_the_sentences(order):
    model = KneserNey(drawn(211, 7), order, 300)
    for sentence in drawn(7, 13):
        log_p = model.log_probabilities([sentence])
        for i in range(1, len(sentence)):
            p = model.distribution(sentence[:i])
            assert p.sum() == pytest.approx(1)
            assert (p > 0).all()
            assert math.log(p[sentence[i]]) == pytest.approx(log_p[i - 1])


def test_two_sentences_by_hand():
    """0 = start, 1 = end, 2 = a, 3 = b: "a b" and "a a b", bigrams.

    Counts: 0a 2, ab 2, b1 2, aa 1. Before a stand {0, a}, before b {a}, before 1 {b}: 2, 1, 1 of 4.
    The text is too short for discounts of its own: 0.5 from a count of 1, 1 from 2.
    """
    model = KneserNey([[0, 2, 3, 1], [0, 2, 2, 3, 1]], 2, 5)
    removed = (1 + 0.5 + 0.5) / 4
    p_a, p_b, p_end = ((n - d) / 4 + removed / 5 for n, d in ((2, 1), (1, 0.5), (1, 0.5)))
    after_a = (1 + 0.5) / 3  # what is removed from ab and aa, of three a's
    expected = [
        (2 - 1) / 2 + (1 / 2) * p_a,
        (2 - 1) / 3 + after_a * p_b,
        (2 - 1) / 2 + (1 / 2) * p_end,
    ]
    assert np.exp(model.log_probabilities([[0, 2, 3, 1]])) == pytest.approx(expected)
    assert np.exp(model.log_probabilities([[0, 2, 2]]))[1] == pytest.approx((1 - 0.5) / 3 + after_a * p_a)
    unseen = model.distribution([0, 4])  # nothing was ever seen after 4: the unigram speaks
    assert unseen == pytest.approx([removed / 5, p_end, p_a, p_b, removed / 5])


def test_sentences_shorter_than_the_order_are_enough():
    short = [[0, 2, 1], [0, 3, 1], [0, 2, 1]]
    assert KneserNey(short, 5, 4).distribution([0]) == pytest.approx(KneserNey(short, 3, 4).distribution([0]))
    assert len(KneserNey(short, 5, 4).orders) == 3


def test_discounts_by_hand():
    """n_1 to n_4 are 4, 3, 2, 1: Y = 4 / 10, and 1 - 0.8 * 3/4, 2 - 1.2 * 2/3, 3 - 1.6 * 1/2; a 9 changes nothing."""
    counts = np.array([1] * 4 + [2] * 3 + [3] * 2 + [4] + [9] * 5 + [0])
    assert discounts(counts) == pytest.approx([0, 0.4, 1.2, 2.2])
    assert discounts(counts[counts != 4]) == pytest.approx([0, 0.5, 1, 1.5])  # no n_4
    assert discounts(np.array([1, 2, 3, 3, 3, 4])) == pytest.approx([0, 0.5, 1, 1.5])  # 2 - 3 Y n_3 / n_2 < 0


def test_a_text_without_tokens_is_refused():
    with pytest.raises(ValueError, match="no text to count"):
        KneserNey([], 5, 10)
    with pytest.raises(ValueError, match="no text to count"):
        KneserNey([[0], [0]], 5, 10)
