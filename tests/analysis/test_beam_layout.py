"""The tree of a search, and its texts in two rankings."""

from __future__ import annotations

from math import log

import pytest

from explorer.analysis.beam_layout import branches_of, path_to, rank_candidates
from explorer.model.beam import Continuation, Search, beam_search, search
from tests.bundled import checkpoint_of, first

END = 2


def by_hand() -> Search:
    """Width 2: step 1 keeps 5 and 7, step 2 continues both, one of them to the end."""

    def step(*rows) -> tuple[Continuation, ...]:
        return tuple(Continuation(*row) for row in rows)

    one = step((0, 5, log(0.6), log(0.6), "live"), (0, 7, log(0.3), log(0.3), "live"), (0, END, -9, -9, "dropped"))
    two = step(
        (1, END, log(0.9), log(0.27), "ended"),
        (0, 5, log(0.4), log(0.24), "live"),
        (1, 3, -5, -7, "live"),
        (0, 3, -9, -9, "dropped"),
    )
    three = step((0, END, log(0.99), log(0.2376), "ended"))
    return Search((), (one, two, three))


def test_every_continuation_knows_its_parent():
    branches = branches_of(by_hand())
    assert [b.ids for b in branches] == [
        (), (5,), (7,), (END,), (7, END), (5, 5), (7, 3), (5, 3), (5, 5, END),
    ]  # fmt: skip
    assert [b.parent for b in branches] == [None, 0, 0, 0, 2, 1, 2, 1, 5]
    assert path_to(branches, 8) == [1, 5, 8]
    assert path_to(branches, 0) == []
    assert [b.step for b in branches] == [0, 1, 1, 1, 2, 2, 2, 2, 3]


def test_the_length_penalty_changes_ranks():
    branches = branches_of(by_hand())
    assert [(c.branch, c.rank, c.rank_unpenalised) for c in rank_candidates(branches, 0.0)] == [(4, 1, 1), (8, 2, 2)]
    penalised = rank_candidates(branches, 1.0)
    assert [(c.branch, c.rank, c.rank_unpenalised) for c in penalised] == [(8, 1, 2), (4, 2, 1)]
    assert penalised[0].score == pytest.approx(log(0.2376) / 3)


@pytest.mark.parametrize("alpha", [0.0, 0.7, 2.0])
def test_the_first_ones_are_the_searchs_own(alpha):
    checkpoint = checkpoint_of(first("decoder"))
    bos = checkpoint.tokenizer.id_of("[BOS]")
    end = checkpoint.tokenizer.special_ids.get("[EOS]")
    asked = {"width": 3, "length_penalty": alpha}
    found = search(checkpoint.model, [bos], end, 7, **asked)[0]
    branches = branches_of(found)
    ranked = rank_candidates(branches, alpha)
    assert [branches[c.branch].ids for c in ranked[:3]] == [h.ids for h in found.best]
    assert [c.score for c in ranked[:3]] == pytest.approx([h.score for h in found.best])
    assert found.best == beam_search(checkpoint.model, [bos], end, 7, **asked)[0]
    for branch in branches[1:]:
        parent = branches[branch.parent]
        assert branch.ids[:-1] == parent.ids
        assert branch.log_probability == pytest.approx(parent.log_probability + branch.log_p)
