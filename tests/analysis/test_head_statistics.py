"""Head statistics: by hand on three tokens, and against loops on prime sizes."""

import math

import numpy as np
import pytest

from explorer.analysis import head_statistics as hs

# Row 1 looks at itself, row 2 half at 1 and half at itself, row 3 a quarter, a quarter, a half.
BY_HAND = np.array([[1, 0, 0], [0.5, 0.5, 0], [0.25, 0.25, 0.5]], dtype=np.float32)


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        (hs.entropy, (0 + 1 + 1.5) / 3),
        (hs.distance, (0 + 0.5 + (0.25 * 2 + 0.25 * 1)) / 3),
        (hs.share_on_previous, (0.5 + 0.25) / 2),
        (hs.share_on_itself, (1 + 0.5 + 0.5) / 3),
        (hs.share_on_first, (1 + 0.5 + 0.25) / 3),
        (hs.share_on_last, (0 + 0 + 0.5) / 3),
    ],
)
def test_by_hand(statistic, expected):
    assert statistic(BY_HAND) == pytest.approx(expected, abs=1e-12)


def random_weights(*shape: int, causal: bool = False) -> np.ndarray:
    scores = np.random.default_rng(7).normal(0, 3, shape)
    if causal:
        scores[..., ~np.tri(*shape[-2:], dtype=bool)] = -np.inf
    exponentials = np.exp(scores - scores.max(-1, keepdims=True))
    return (exponentials / exponentials.sum(-1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("causal", [False, True])
def test_self_attention_against_loops(causal):
    layers, heads, n = 2, 3, 11
    weights = random_weights(layers, heads, n, n, causal=causal)
    values = hs.head_statistics(weights, "decoder" if causal else "encoder")
    assert values.shape == (layers, heads, 5)
    for layer in range(layers):
        for head in range(heads):
            rows = [[float(w) for w in row] for row in weights[layer, head]]
            expected = (
                sum(-w * math.log2(w) for row in rows for w in row if w) / n,
                sum(w * abs(i - j) for i, row in enumerate(rows) for j, w in enumerate(row)) / n,
                sum(rows[i][i - 1] for i in range(1, n)) / (n - 1),
                sum(rows[i][i] for i in range(n)) / n,
                sum(rows[i][0] for i in range(n)) / n,
            )
            assert values[layer, head] == pytest.approx(expected, abs=1e-9)


def test_cross_attention_against_loops():
    queries, keys = 5, 13
    weights = random_weights(3, 2, queries, keys)
    values = hs.head_statistics(weights, "cross")
    assert values.shape == (3, 2, 3)
    for index in np.ndindex(3, 2):
        rows = [[float(w) for w in row] for row in weights[index]]
        expected = (
            sum(-w * math.log2(w) for row in rows for w in row if w) / queries,
            sum(row[0] for row in rows) / queries,
            sum(row[-1] for row in rows) / queries,
        )
        assert values[index] == pytest.approx(expected, abs=1e-9)


def test_extremes():
    one_key_each, alike = np.eye(7, dtype=np.float32), np.full((7, 7), 1 / 7, dtype=np.float32)
    assert hs.entropy(one_key_each) == 0
    assert not np.signbit(hs.entropy(one_key_each))
    assert hs.entropy(alike) == pytest.approx(hs.upper_limit(hs.entropy, 7), abs=1e-6)
    assert hs.distance(np.eye(7)[::-1][:, ::-1]) == 0
    furthest = np.zeros((2, 2))
    furthest[0, 1] = furthest[1, 0] = 1
    assert hs.distance(furthest) == hs.upper_limit(hs.distance, 2) == 1


def test_a_single_token_has_no_previous_one():
    values = hs.head_statistics(np.ones((1, 1, 1, 1), dtype=np.float32), "decoder")[0, 0]
    assert np.isnan(values[2])
    assert values[[0, 1, 3, 4]].tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("statistic", [hs.distance, hs.share_on_previous, hs.share_on_itself])
def test_positions_of_two_sentences_are_not_compared(statistic):
    with pytest.raises(ValueError, match="5 queries x 3 keys"):
        statistic(random_weights(5, 3))


def test_statistics_do_not_write_to_what_they_are_given():
    weights = random_weights(2, 3, 5, 5)
    weights.flags.writeable = False
    assert np.isfinite(hs.head_statistics(weights, "encoder")).all()
