"""Filters as the screen shows them: recomputed in NumPy against the torch stages, ordered and cut as the draw is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.analysis.decoding_filters import (
    Filtered,
    draw_order,
    filter_formula,
    prove_probability,
    row_of,
    shown_ids,
)
from explorer.analysis.provenance import tex
from explorer.model.filters import Filters, stages

VOCAB = 23
ALL = Filters(temperature=0.7, top_k=11, top_p=0.83, min_p=0.05, repetition_penalty=1.7)
SOME = [Filters(), Filters(temperature=1.9), Filters(top_k=5), Filters(top_p=0.6, min_p=0.2), ALL]
READ = (3, 5, 3, 17)


def logits() -> np.ndarray:
    return np.random.default_rng(7).normal(0, 2, VOCAB).astype(np.float32)


def filtered(filters: Filters, never: tuple[int, ...] = ()) -> tuple[Filtered, ...]:
    found = stages(torch.from_numpy(logits())[None], torch.tensor([READ]), filters, never)
    return tuple(Filtered(s.name, s.value, s.log_probabilities[0].exp().numpy(), float(s.kept[0])) for s in found)


@pytest.mark.parametrize("filters", SOME)
def test_numpy_lines_agree_with_the_stages(filters):
    found = filtered(filters)
    for s in range(len(found)):
        for token in range(VOCAB):
            proof = prove_probability(logits(), READ, found, s, token, "token")
            assert proof.difference < 1e-12, (found[s].name, token)
            assert proof.agrees and proof.shown == found[s].p[token]
            assert filter_formula(found, s)


@pytest.mark.parametrize("filters", SOME)
def test_tokens_that_are_never_written(filters):
    never = (int(logits().argmax()), 3)
    found = filtered(filters, never)
    s = [stage.name for stage in found].index("never written")
    assert found[s].n_kept == VOCAB - 2 and found[s].kept == pytest.approx(1 - found[s - 1].p[list(never)].sum())
    assert f"{tex(found[s].kept)}" in filter_formula(found, s) and f"{VOCAB - 2} " in filter_formula(found, s)
    for s in range(len(found)):
        for token in range(VOCAB):
            proof = prove_probability(logits(), READ, found, s, token, "token", never)
            assert proof.difference < 1e-12 and proof.agrees, (found[s].name, token)
    assert not prove_probability(logits(), READ, found, s, 1, "token", (5,)).agrees  # other tokens, other numbers


def test_lines_are_not_an_echo_of_the_number():
    found = list(filtered(ALL))
    wrong = found[-1].p.copy()
    wrong[int(wrong.argmax())] *= 0.99
    found[-1] = Filtered(found[-1].name, found[-1].value, wrong, found[-1].kept)
    assert not prove_probability(logits(), READ, found, len(found) - 1, int(wrong.argmax()), "token").agrees


def test_order_of_the_draw_by_hand():
    first = Filtered("softmax", 1, np.array([0.1, 0.4, 0.3, 0.1, 0.1]), 1)
    last = Filtered("top-k", 2, np.array([0, 4 / 7, 3 / 7, 0, 0]), 0.7)
    assert draw_order([first, last]).tolist() == [1, 2, 0, 3, 4]
    assert shown_ids([first, last], 10, dropped=1).tolist() == [1, 2, 0]
    assert shown_ids([first, last], 1).tolist() == [1]
    assert row_of([first, last], [0, 3]) == (0.2, None)
    assert row_of([first, last], [2, 3]) == (0.4, pytest.approx(3 / 7))


def test_a_repetition_can_reorder():
    """What was first may fall behind; the rows follow the last stage, not the first."""
    found = filtered(Filters(repetition_penalty=3.0))
    order = draw_order(found)
    assert (np.diff(found[-1].p[order]) <= 0).all()
    assert not (np.diff(found[0].p[order]) <= 0).all()
