"""The most probable text is that of an exhaustive enumeration, and that of a beam as wide as there are texts."""

from __future__ import annotations

import pytest

from explorer.model.beam import beam_search
from explorer.model.best_first import most_probable_text
from explorer.model.enumeration import levels
from tests.model.tiny_decoders import KINDS, PREFIX, build


def best_of_all(model, end, max_new, source):
    """(log p, ids) of the most probable text, by looking at each."""
    found = [
        (float(log_p), tuple(ids))
        for level in levels(model, PREFIX, end, max_new, source)
        for log_p, ids in zip(level.ended_log_p, level.ended.tolist(), strict=True)
    ]
    return max(found)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_best_of_all_texts(kind):
    lengths = set()
    for seed in range(3):
        model, source = build(kind, 5, seed, sharpness=7)
        for end in range(5):
            log_p, ids = best_of_all(model, end, 4, source)
            found = most_probable_text(model, PREFIX, end, 4, source)
            assert found.complete
            assert found.text.ids == ids
            assert found.text.ended
            assert found.text.log_probability == pytest.approx(log_p, abs=1e-5)
            assert found.text.score == found.text.log_probability
            assert 1 <= found.n_read <= 1 + 4 + 16 + 64
            lengths.add(len(ids))
    assert len(lengths) > 1


@pytest.mark.parametrize("kind", ["encoder-decoder", "decoder"])
def test_a_beam_as_wide_as_there_are_texts_finds_it_too(kind):
    model, source = build(kind, 5, sharpness=7)
    for end in range(5):
        (beam,) = beam_search(model, PREFIX, end, 4, 341, sources=source and [source], length_penalty=0.0)
        found = most_probable_text(model, PREFIX, end, 4, source).text
        assert found.ids == beam[0].ids
        assert found.log_probability == pytest.approx(beam[0].log_probability, abs=1e-5)


def test_few_beginnings_are_read():
    """It does not look at all of the 12^5 texts of six tokens."""
    model, _ = build("decoder", 13)
    found = most_probable_text(model, PREFIX, 2, 6)
    assert found.complete
    assert found.n_read < 13**3


@pytest.mark.parametrize("max_read", [1, 3, 20])
def test_it_gives_up_after_max_read(max_read):
    model, _ = build("decoder", 19, sharpness=2)
    assert most_probable_text(model, PREFIX, 18, 11).n_read > 20
    found = most_probable_text(model, PREFIX, 18, 11, max_read=max_read)
    assert found.text is None
    assert not found.complete
    assert found.n_read == max_read


def test_the_bound_is_not_in_the_way_of_an_answer():
    model, source = build("encoder-decoder", 5)
    free = most_probable_text(model, PREFIX, 2, 4, source)
    assert most_probable_text(model, PREFIX, 2, 4, source, max_read=free.n_read) == free


def test_a_text_of_one_token_can_only_be_the_end():
    model, source = build("encoder-decoder", 5)
    found = most_probable_text(model, PREFIX, 2, 1, source)
    assert (found.text.ids, found.n_read, found.complete) == ((2,), 1, True)
