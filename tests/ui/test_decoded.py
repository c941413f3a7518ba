"""What the decoding page keeps: draws that do not depend on their batch, and scores that are products of factors."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.model.filters import Filters
from explorer.model.run import write_target
from explorer.ui import decoded
from explorer.ui.session import Choice
from tests.bundled import MODELS, checkpoint_of, first, run_of, texts

PAIR, TOY = first("encoder-decoder"), "classroom-tiny-gpt"
FILTERS = Filters(temperature=1.7, top_k=7, repetition_penalty=1.3)


@pytest.fixture(autouse=True)
def without_a_page(monkeypatch):
    monkeypatch.setattr(decoded, "load", checkpoint_of)
    monkeypatch.setattr(decoded, "run_key", lambda choice: ("test", choice))


def opened(model: str, target: str = "") -> tuple[Choice, decoded.Start]:
    text = texts(model).short
    pair = MODELS[model].config.has_cross_attention
    choice = Choice(model, text if pair else "", target, "" if pair else text, "decoder", 0, 0)
    return choice, decoded.start_of(choice, run_of(model, text, target))


@pytest.mark.parametrize("model", [PAIR, TOY])
def test_a_draw_is_the_same_in_every_batch(model):
    choice, start = opened(model)
    together = decoded.draw_batch(choice, start, FILTERS, 5, 4, range(7))
    apart = [decoded.draw_batch(choice, start, FILTERS, 5, 4, range(k, k + 1))[0] for k in range(7)]
    assert list(together) == apart
    assert decoded.sampled(choice, start, FILTERS, 5, 4).ids == together[0]
    assert decoded.has_batch(choice, FILTERS, 5, 4, range(7))
    assert not decoded.has_batch(choice, FILTERS, 6, 4, range(7))


@pytest.mark.parametrize("filters", [FILTERS, Filters(temperature=0.6, top_p=0.9)])
def test_scores_are_products_of_factors(filters):
    choice, start = opened(TOY)
    drawn = list(dict.fromkeys(decoded.draw_batch(choice, start, filters, 1, 3, range(11))))
    for text, score in zip(drawn, decoded.scores_of(choice, start, filters, drawn), strict=True):
        logits = decoded.logits_along(choice, start, text)
        model = product = 0.0
        for i, token in enumerate(text):
            stages = decoded.after_filters(logits[i], (*start.prefix, *text[:i]), filters)
            model, product = model + np.log(stages[0].p[token]), product + np.log(stages[-1].p[token])
        assert (score.model, score.filtered) == pytest.approx((model, product), abs=1e-5)


def test_the_die_falls_on_what_was_drawn():
    choice, start = opened(PAIR)
    text = decoded.sampled(choice, start, FILTERS, 3, 5)
    for i, token in enumerate(text.ids):
        last = decoded.after_filters(text.logits[i], (*start.prefix, *text.ids[:i]), FILTERS)[-1]
        assert decoded.fall(last.p, float(text.u[i])) == token
        assert decoded.die(3, i) == text.u[i]


def test_a_translator_goes_on_from_the_target_that_was_typed():
    choice, start = opened(PAIR)
    assert len(start.prefix) == 1
    greedy = decoded.greedy(choice, start, start.usual)
    assert [*start.prefix, *greedy[:-1]] == write_target(checkpoint_of(PAIR), list(start.source))[0]
    typed = opened(PAIR, texts(PAIR).target)[1]
    assert len(typed.prefix) > 1 and typed.room == start.room - len(typed.prefix) + 1


def test_a_full_prompt_leaves_room_for_one_token():
    n = MODELS[TOY].config.max_len - 1
    choice = Choice(TOY, "", "", "cat " * n, "decoder", 0, 0)
    start = decoded.start_of(choice, run_of(TOY, "cat " * n))
    assert start.room == start.usual == 1
    assert len(decoded.sampled(choice, start, Filters(), 1, 1).ids) == 1
    assert len(decoded.logits_along(choice, start, (5,))) == 1
    assert len(decoded.searched(choice, start, 3, 1.0, 1).best) == 3
