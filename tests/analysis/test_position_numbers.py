"""Where a position code's numbers come from, and what a shuffle does."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.numbers import positions as numbers
from explorer.analysis.numbers.positions import EMBEDDED, READINGS, Embedded
from explorer.analysis.position_effects import largest_difference, norms, shuffled, swapped
from explorer.model.position_codes import sinusoidal_code
from explorer.model.positions import token_rows
from tests.bundled import MODELS, checkpoint_of, first, run_of


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("place", [(0, 0), (0, 1), (17, 6), (96, 13)])
def test_a_codes_number_is_the_models(reading, place):
    pos, dim = place
    shown = float(sinusoidal_code(97, 14, reading, 11.0)[pos, dim])
    found = numbers.code(pos, dim, 14, reading, 11.0, shown, "here")
    assert found.agrees and found.shown == shown
    assert ("sin" if dim % 2 == 0 else "cos") in found.formula and str(pos) in found.substituted


def test_a_wrong_number_is_found_out():
    assert not numbers.code(17, 6, 14, "sinusoidal", 11.0, 0.5, "here").agrees


def embedded(name: str) -> Embedded:
    run, config = run_of(name, "A dog sees a cat."), MODELS[name].config
    kind = "encoder" if config.has_encoder else "decoder"
    trace, ids = run.stack(kind).embedding, run.queries(kind).ids
    rows = token_rows(checkpoint_of(name).model, kind, ids)
    parts = (trace.token_embedding, trace.position_code, trace.output)
    return Embedded(rows, ids, *parts, config.positions, config.embedding_scale, kind)


@pytest.mark.parametrize("architecture", ["encoder-decoder", "decoder", "encoder"])
def test_the_sum_and_its_parts_are_computed_again(architecture):
    x = embedded(first(architecture))
    parts = (x.token_embedding, x.position_code, x.output)
    for function, values in zip(EMBEDDED, parts, strict=True):
        for pos, dim in ((0, 0), (2, 7), (len(x.ids) - 1, x.d_model - 1)):
            found = function(x, pos, dim)
            assert found.agrees and np.float32(found.shown) == values[pos, dim]


def test_a_shuffle_moves_only_what_may_move_and_always_changes_the_text():
    ids = (1, 5, 7, 5, 5, 5, 2)
    for seed in range(50):
        order = shuffled(ids, seed, 1, 6)
        assert order[0] == 0 and order[6] == 6 and sorted(order) == list(range(7))
        assert tuple(np.take(ids, order)) != ids
    assert shuffled((1, 5, 2), 0, 1, 2).tolist() == [0, 1, 2]  # one token has no other order
    assert swapped(5, 1, 3).tolist() == [0, 3, 2, 1, 4] and swapped(3, 2, 2).tolist() == [0, 1, 2]
    assert shuffled((5, 5, 5), 0).tolist() == [0, 1, 2]
    assert shuffled((1, 2, 3), 3).tolist() == shuffled((1, 2, 3), 3).tolist()


def test_differences_and_norms_by_hand():
    assert largest_difference(np.array([1.0, 5]), np.array([2.0, 3])) == 2
    assert largest_difference(np.zeros((0, 3)), np.zeros((0, 3))) == 0
    np.testing.assert_allclose(norms(np.array([[3, 4], [0, 0]], dtype=np.float32)), [5, 0])
