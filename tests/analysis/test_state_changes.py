"""Changed words: which token goes with which, and how far their states are apart, against cases done by hand."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from explorer.analysis import state_changes
from explorer.analysis.state_changes import Alignment, align, largest_changes, relative_change
from tests.bundled import checkpoint_of, first, run_of


def test_examples_run():
    assert doctest.testmod(state_changes).failed == 0


@pytest.mark.parametrize(
    ("before", "after", "start", "ends", "partners"),
    [
        ([1, 5, 2], [1, 7, 2], 1, (2, 2), [0, 1, 2]),  # one for one: it is compared with what took its place
        ([1, 5, 2, 3], [1, 7, 8, 9, 2, 3], 1, (2, 4), [0, -1, 4, 5]),
        ([1, 7, 8, 9, 2], [1, 5, 2], 1, (4, 2), [0, -1, -1, -1, 2]),
        ([1, 4, 4, 2], [1, 4, 2], 2, (3, 2), [0, 1, -1, 2]),  # which of two like ones was taken cannot be told
        ([1, 2], [1, 2], 2, (2, 2), [0, 1]),
        ([5, 2], [7, 2], 0, (1, 1), [0, 1]),
        ([1, 5], [1, 7, 8], 1, (2, 3), [0, -1]),
        ([1, 2, 3], [1, 2], 2, (3, 2), [0, 1, -1]),
    ],
)
def test_tokens_are_paired_from_both_ends(before, after, start, ends, partners):
    found = align(before, after)
    assert (found.start, found.end_before, found.end_after) == (start, *ends)
    assert found.partners.tolist() == partners
    for one, other in enumerate(partners):
        if other >= 0 and not start <= one < ends[0]:
            assert before[one] == after[other]


def test_changes_by_hand():
    before = np.array([[[3.0, 4.0], [0.0, 2.0]], [[1.0, 0.0], [0.0, 0.0]]])  # [layer, position, d_model]
    after = np.array([[[3.0, 4.0], [0.0, 1.0]], [[1.0, 3.0], [0.0, 0.0]]])
    same = align([1, 2], [1, 3])
    np.testing.assert_array_equal(relative_change(before, after, same), [[0, 0.5], [3, 0]])
    np.testing.assert_array_equal(largest_changes(before, after, same), [3, 1])


def test_tokens_without_a_partner_are_no_number_and_the_others_follow_theirs():
    rng = np.random.default_rng(3)
    before, after = rng.normal(size=(5, 7, 11)), rng.normal(size=(5, 9, 11))
    found = relative_change(before, after, Alignment(2, 4, 6, 7, 9))
    assert found.shape == (5, 7)
    assert np.isnan(found[:, 2:4]).all() and not np.isnan(np.delete(found, [2, 3], axis=1)).any()
    expected = np.linalg.norm(after[:, 8] - before[:, 6], axis=-1) / np.linalg.norm(before[:, 6], axis=-1)
    np.testing.assert_allclose(found[:, 6], expected)
    assert np.isnan(largest_changes(before, after, Alignment(2, 4, 6, 7, 9))).tolist() == [0, 0, 1, 1, 0, 0, 0]


def test_a_mask_lets_nothing_through_and_without_one_all_move():
    texts = ("A dog sees a cat.", "A dog sees a man.")
    for model, kind in ((first("decoder"), "decoder"), (first("encoder"), "encoder")):
        assert len({len(checkpoint_of(model).tokenizer.encode(text)) for text in texts}) == 1
        before, after = (run_of(model, text) for text in texts)
        states = [np.stack([block.resid_post for block in each.stack(kind).blocks]) for each in (before, after)]
        at = align(before.tokens.ids, after.tokens.ids)
        moved = largest_changes(*states, at)
        assert at.start >= 4 and at.same_length
        if kind == "decoder":
            assert (moved[: at.start] == 0).all()
        else:
            assert (moved[: at.start] > 1e-4).all()
        assert (moved[at.start :] > 1e-4).all()
