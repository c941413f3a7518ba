"""Tokens that a config suppresses are never written; log p of all others stays that of the whole softmax."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.model.beam import beam_search
from explorer.model.best_first import most_probable_text
from explorer.model.decoding import greedy_tokens
from explorer.model.decoding_by_passes import greedy_by_passes
from explorer.model.enumeration import levels
from explorer.model.filters import Filters, stages
from explorer.model.sampling import sample_tokens, uniform_numbers
from explorer.model.scoring import target_logits
from tests.golden.random_models import make_config, random_transformer
from tests.model.tiny_decoders import KINDS, PREFIX, build, sharpened

END, MAX_NEW = 2, 4


def suppressing(kind, seed, tokens):
    """A tiny decoder that never writes ``tokens``, and its source."""
    model, source = build(kind, 5, seed, sharpness=7)
    model.config = replace(model.config, suppressed_tokens=tokens)
    return model, source


def texts_with(model, source):
    """{ids: log p} of every text that ends in time, those with suppressed tokens too."""
    return {
        tuple(ids): float(log_p)
        for level in levels(model, PREFIX, END, MAX_NEW, source)
        for log_p, ids in zip(level.ended_log_p, level.ended.tolist(), strict=True)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_searches_find_the_best_text_without_them(kind):
    changed = 0
    for seed in range(4):
        for tokens in ((3,), (0, 4)):
            model, source = suppressing(kind, seed, tokens)
            everything = texts_with(model, source)
            written = {ids: log_p for ids, log_p in everything.items() if not set(ids) & set(tokens)}
            best = max(written, key=written.get)
            found = most_probable_text(model, PREFIX, END, MAX_NEW, source)
            assert (found.text.ids, found.complete) == (best, True)
            assert found.text.log_probability == pytest.approx(written[best], abs=1e-5)
            (beam,) = beam_search(
                model, PREFIX, END, MAX_NEW, 5**MAX_NEW, sources=source and [source], length_penalty=0.0
            )
            ended = {each.ids: each.log_probability for each in beam if each.ended}
            assert ended == pytest.approx(written, abs=1e-5)
            changed += best != max(everything, key=everything.get)
    assert changed > 0


@pytest.mark.parametrize("kind", KINDS)
def test_greedy_takes_the_largest_of_the_others(kind):
    for seed in range(4):
        model, source = build(kind, 5, seed, sharpness=7)
        (first,) = greedy_tokens(model, PREFIX, None, 1, source)
        model.config = replace(model.config, suppressed_tokens=(first,))
        expected, read = [], list(PREFIX)
        with torch.inference_mode():
            for _ in range(MAX_NEW):
                logits = model(torch.tensor([read]), source and torch.tensor([source])).logits[0, -1].numpy()
                others = [token for token in range(5) if token != first]
                expected.append(max(others, key=lambda token: logits[token]))
                read.append(expected[-1])
        assert list(greedy_tokens(model, PREFIX, None, MAX_NEW, source)) == expected
        assert list(greedy_by_passes(model, PREFIX, None, MAX_NEW, source)) == expected
        assert first not in expected


def test_no_draw_writes_them_and_the_others_share_the_rest():
    model, _ = suppressing("decoder", 0, (0, 3))
    u = torch.stack([uniform_numbers(1, draw, 3) for draw in range(50)])
    drawn = torch.stack(list(sample_tokens(model, PREFIX, None, Filters(temperature=5.0), u)), dim=1)
    assert set(drawn.unique().tolist()) == {1, 2, 4}
    logits = torch.tensor([target_logits(model, [PREFIX], [[1]], None)[0][0].tolist()])
    own, without = stages(logits, torch.tensor([PREFIX]), Filters(), (0, 3))
    p = own.log_probabilities[0].exp()
    assert (without.name, without.value) == ("never written", 2)
    assert float(without.kept) == pytest.approx(float(p[[1, 2, 4]].sum()))
    expected = np.where([False, True, True, False, True], p / p[[1, 2, 4]].sum(), 0)
    np.testing.assert_allclose(without.log_probabilities[0].exp(), expected, atol=1e-12)


def test_filters_that_keep_few_tokens_keep_written_ones():
    logits = torch.tensor([[5.0, 3.0, 4.0, 1.0]])
    last = stages(logits, torch.tensor([[0]]), Filters(top_k=2), (0,))[-1]
    assert last.name == "top-k"
    assert (last.log_probabilities[0] > -torch.inf).tolist() == [False, True, True, False]


def test_without_any_nothing_changes():
    logits = torch.tensor([[5.0, 3.0]])
    assert [stage.name for stage in stages(logits, torch.tensor([[0]]), Filters())] == ["softmax"]


def test_a_text_of_every_length_is_still_counted_in_the_enumeration():
    """The model gives suppressed tokens a probability: without them the texts would not add up to 1."""
    model, source = suppressing("decoder", 0, (3,))
    found = list(levels(model, PREFIX, END, 3, source))
    assert sum(level.ended_mass for level in found) + found[-1].going_on_mass == pytest.approx(1, abs=1e-6)
    assert 3 in found[-1].going_on


@pytest.mark.parametrize("options", [{"output_scale": True}, {"output_transform": "gelu"}])
def test_decoders_that_change_the_last_state_decode_the_same_by_passes_and_exactly(options):
    """The scale and the transform stand between the last state and the logits, whichever way a text is decoded."""
    config = make_config("decoder", vocab_size=5, tied_embeddings=False, **options)
    for seed in range(3):
        model = sharpened(random_transformer(config, seed), 9.0)
        everything = texts_with(model, None)
        best = max(everything, key=everything.get)
        assert most_probable_text(model, PREFIX, END, MAX_NEW).text.ids == best
        assert list(greedy_by_passes(model, PREFIX, END, MAX_NEW)) == list(greedy_tokens(model, PREFIX, END, MAX_NEW))
