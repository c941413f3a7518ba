"""Every text is there once, with the probability that a full pass gives it, and the probabilities add up to 1."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

from explorer.model import enumeration
from explorer.model.enumeration import count_texts, levels, masked_products
from tests.golden.random_models import make_config, random_transformer
from tests.model.tiny_decoders import KINDS, PREFIX, build, sharpened


@torch.inference_mode()
def log_probability(model, ids, source):
    """Of ``ids`` after the prefix, from one full pass."""
    source = None if source is None else torch.tensor([source])
    log_p = model(torch.tensor([[*PREFIX, *ids[:-1]]]), source).logits[0].double().log_softmax(-1)
    return sum(float(log_p[len(PREFIX) - 1 + i, token]) for i, token in enumerate(ids))


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("vocab_size", "length"), [(5, 5), (7, 4), (13, 3)])
@pytest.mark.parametrize("kind", KINDS)
def test_what_has_ended_and_what_goes_on_add_up_to_1(kind, vocab_size, length, seed):
    model, source = build(kind, vocab_size, seed, sharpness=3)
    ended = 0.0
    for n, level in enumerate(levels(model, PREFIX, 2, length, source), 1):
        assert level.length == n
        ended += level.ended_mass
        assert abs(ended + level.going_on_mass - 1) < 1e-12
        assert len(level.going_on) == len(level.going_on_log_p) == count_texts(vocab_size, n)
        assert len(level.ended) == len(level.ended_log_p) == count_texts(vocab_size, n - 1)
    assert n == length
    assert 0 < ended < 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_is_there_with_its_own_probability(kind):
    model, source = build(kind, 5)
    end = 2
    for level in levels(model, PREFIX, end, 3, source):
        texts = [ids for ids in product(range(5), repeat=level.length) if end not in ids[:-1]]
        found = [*zip(map(tuple, level.ended.tolist()), level.ended_log_p, strict=True)]
        assert all(ids[-1] == end for ids, _ in found)
        going_on = [*zip(map(tuple, level.going_on.tolist()), level.going_on_log_p, strict=True)]
        assert all(end not in ids for ids, _ in going_on)
        found = dict(found + going_on)
        assert sorted(found) == texts
        for ids in texts:
            assert found[ids] == pytest.approx(log_probability(model, ids, source), abs=1e-5)


def test_texts_are_read_in_batches_of_any_size(monkeypatch):
    model, source = build("encoder-decoder", 5)
    at_once = list(levels(model, PREFIX, 2, 4, source))
    monkeypatch.setattr(enumeration, "AT_ONCE", 7)
    for one, other in zip(levels(model, PREFIX, 2, 4, source), at_once, strict=True):
        np.testing.assert_allclose(one.ended_log_p, other.ended_log_p, rtol=0, atol=1e-5)
        assert np.array_equal(one.going_on, other.going_on)


def test_texts_may_fill_every_position():
    model = random_transformer(make_config("decoder", vocab_size=2, max_len=5))
    found = list(levels(model, [1], 0, 5))
    assert [level.length for level in found] == [1, 2, 3, 4, 5]
    with pytest.raises(ValueError, match=r"6 tokens.*max_len=5"):
        list(levels(model, [1], 0, 6))


def test_count_texts():
    assert [count_texts(7, n) for n in range(4)] == [1, 6, 36, 216]
    assert count_texts(1, 3) == 0


@pytest.mark.parametrize("length", [1, 2, 3])
@torch.inference_mode()
def test_masked_products_are_those_of_a_loop(length):
    model = random_transformer(make_config("encoder", vocab_size=5), seed=2)
    before, after, mask = [1, 3], [4], 2
    found = masked_products(model, before, after, length, mask)
    assert found.shape == (5,) * length
    for ids in product(range(5), repeat=length):
        expected = 0.0
        for i, token in enumerate(ids):
            hidden = [*before, *ids[:i], mask, *ids[i + 1 :], *after]
            log_p = model(torch.tensor([hidden])).logits[0, len(before) + i].double().log_softmax(-1)
            expected += float(log_p[token])
        assert found[ids] == pytest.approx(expected, abs=1e-5)


def test_masked_products_do_not_add_up_to_1():
    """Of one token they do: it has no others. Of more they need not, and there is no reason why they should."""
    model = sharpened(random_transformer(make_config("encoder", vocab_size=7, tied_embeddings=False), seed=2), 3)
    assert np.exp(masked_products(model, [1], [4], 1, 2)).sum() == pytest.approx(1, abs=1e-12)
    assert abs(np.exp(masked_products(model, [1], [4], 2, 2)).sum() - 1) > 1e-4
    assert abs(np.exp(masked_products(model, [1], [4], 3, 2)).sum() - 1) > 1e-4
