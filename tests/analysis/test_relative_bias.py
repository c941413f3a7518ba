"""T5's biases by distance: the running model's own, and each computed again from the learned table."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from explorer.analysis import relative_bias
from explorer.analysis.relative_bias import BiasByDistance, prove_bias, shown_distances
from explorer.model.positions import bias_by_distance
from explorer.model.weights import RelativePositions, relative_positions
from tests.golden.random_models import make_config, random_transformer
from tests.zoo import checkpoint_of, run_of

OPTIONS = {"positions": "relative", "relative_buckets": 12, "relative_max_distance": 23}


def found_in(model, kind: str) -> BiasByDistance:
    learned = relative_positions(model, kind)
    distances = shown_distances(learned)
    return BiasByDistance(learned, distances, bias_by_distance(model, kind, distances))


def test_examples_run():
    assert doctest.testmod(relative_bias).failed == 0


@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_every_bias_is_computed_again_from_the_table(kind):
    found = found_in(random_transformer(make_config("encoder-decoder", **OPTIONS)), kind)
    assert found.values.shape == (3, 47 if kind == "encoder" else 24)
    for head in range(3):
        for place in range(len(found.distances)):
            proof = prove_bias(found, head, place)
            assert proof.agrees and proof.shown == float(found.values[head, place])
            assert max(map(len, proof.code.splitlines())) <= 48
    wrong = BiasByDistance(found.learned, found.distances, found.values + 1e-3)
    assert not prove_bias(wrong, 0, 0).agrees


@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_they_are_what_a_pass_adds_to_its_scores(kind):
    found, run = found_in(checkpoint_of("t5").model, kind), run_of("t5")
    bias = run.attention(kind, 0).position_bias
    zero = int(np.flatnonzero(found.distances == 0)[0])
    for i in range(bias.shape[1]):
        for j in range(bias.shape[2] if kind == "encoder" else i + 1):
            np.testing.assert_array_equal(found.values[:, zero + j - i], bias[:, i, j])


def test_buckets_by_hand():
    """8 kinds, 4 for each direction: 0 and 1 alone, then 2 to 4, then the rest up to 11 and beyond (T5's own rule)."""
    learned = RelativePositions(np.arange(8.0)[:, None], 11, True)
    distances = np.array([-30, -11, -5, -4, -2, -1, 0, 1, 2, 4, 5, 30])
    found = BiasByDistance(learned, distances, np.zeros((1, len(distances))))
    assert found.buckets.tolist() == [3, 3, 3, 2, 2, 1, 0, 5, 6, 6, 7, 7]
    assert shown_distances(learned).tolist() == list(range(-11, 12))
    assert shown_distances(RelativePositions(learned.table, 11, False)).tolist() == list(range(-11, 1))
    assert len(shown_distances(RelativePositions(learned.table, 100_000, False))) == 257
