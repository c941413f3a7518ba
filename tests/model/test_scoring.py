"""What a text is worth to a model: by steps, in one pass, in a padded batch and by the reference, it is the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import reference
from explorer.analysis.factorisation import factorise
from explorer.model import scoring
from explorer.model.checkpoint import load_checkpoint
from explorer.model.scoring import logits_by_steps, masked_logits, target_logits
from tests.bundled import MODELS, TELLING_MODELS
from tests.golden.random_models import as_arrays, make_config, random_transformer

LENGTH = 67  # factors
RANDOM = {
    "random translator": ("encoder-decoder", {"final_norm": True, "attention_bias": True}),
    "random translator with two vocabularies": ("encoder-decoder", {"source_vocab_size": 23, "norm_position": "pre"}),
    "random one-vector translator": ("encoder-decoder", {"bottleneck": True}),
    "random GPT": ("decoder", {"positions": "learned", "norm_position": "pre", "activation": "gelu_tanh"}),
}
BUNDLED = [name for name in TELLING_MODELS if MODELS[name].config.has_decoder]
BUNDLED_BERTS = [name for name in TELLING_MODELS if not MODELS[name].config.has_decoder]


def model_of(name):
    if name in MODELS:
        return load_checkpoint(MODELS[name].folder).model
    architecture, options = RANDOM[name]
    return random_transformer(make_config(architecture, max_len=71, **options), seed=7)


def random_ids(vocab_size, length, seed=0):
    return torch.randint(vocab_size, (length,), generator=torch.Generator().manual_seed(seed)).tolist()


def asked(model, length=LENGTH, seed=0):
    """A prefix, a target and a source (or None) of random tokens: every factor is small."""
    config = model.config
    target = random_ids(config.vocab_size, min(length, config.max_len), seed)
    source = random_ids(config.source_vocab_size or config.vocab_size, min(11, config.max_len), seed + 1)
    return [1], target, source if config.has_cross_attention else None


def sources_of(source):
    return None if source is None else [source]


@pytest.mark.parametrize("name", [*RANDOM, *BUNDLED])
def test_joint_by_steps_in_one_pass_and_by_the_reference(name):
    """Over 67 factors, or as many as there are positions: the sums are within 1e-4 of the reference in float64."""
    model = model_of(name)
    prefix, target, source = asked(model)
    read = [*prefix, *target[:-1]]
    (at_once,) = target_logits(model, [prefix], [target], sources_of(source))
    by_steps = np.stack(list(logits_by_steps(model, read, source)))
    expected = reference.forward(as_arrays(model), model.config, read, source).logits
    assert at_once.shape == (len(target), model.config.vocab_size)
    assert at_once.dtype == np.float32
    atol = 2e-6 * max(5, np.abs(expected).max())  # 1e-5, and more where the logits are large: float32 has 7 digits
    np.testing.assert_allclose(by_steps, at_once, rtol=0, atol=atol)
    np.testing.assert_allclose(at_once, expected, rtol=0, atol=atol)
    joint, stepwise, true = (factorise(logits, target) for logits in (at_once, by_steps, expected))
    for found in (joint, stepwise):
        np.testing.assert_allclose(found.running_log_p, true.running_log_p, rtol=0, atol=1e-4)
        np.testing.assert_allclose(found.entropy, true.entropy, rtol=0, atol=1e-4)
    assert true.total_log_p < -len(target)  # there was something to add up


@pytest.mark.parametrize("name", RANDOM)
def test_a_batch_with_padding_scores_each_text_as_alone(name):
    model = model_of(name)
    vocab_size, source_size = model.config.vocab_size, model.config.source_vocab_size or model.config.vocab_size
    prefixes = [[1], [1, 5, 3], [2, 1, 1, 7, 11], [4]]
    targets = [random_ids(vocab_size, n, seed=n) for n in (13, 1, 5, 2)]
    sources = [random_ids(source_size, n, seed=n) for n in (3, 11, 1, 7)] if model.config.has_cross_attention else None
    together = target_logits(model, prefixes, targets, sources)
    for n, (prefix, target) in enumerate(zip(prefixes, targets, strict=True)):
        (alone,) = target_logits(model, [prefix], [target], sources and [sources[n]])
        assert together[n].shape == alone.shape == (len(target), vocab_size)
        np.testing.assert_allclose(together[n], alone, rtol=0, atol=1e-5)


@torch.inference_mode()
def test_row_i_speaks_of_target_i():
    """The first factor is read off the prefix's last position, and the last token of the target is never read."""
    model = model_of("random GPT")
    (found,) = target_logits(model, [[1, 5, 3]], [[7, 11, 2]])
    full = model(torch.tensor([[1, 5, 3, 7, 11]])).logits[0]
    np.testing.assert_allclose(found, full[2:].numpy(), rtol=0, atol=1e-5)
    (other,) = target_logits(model, [[1, 5, 3]], [[7, 11, 18]])
    assert np.array_equal(found, other)


def test_a_text_may_fill_every_position():
    model = random_transformer(make_config("decoder"))  # 13 positions: the last token needs none
    (found,) = target_logits(model, [[1]], [list(range(13))])
    assert len(found) == 13
    with pytest.raises(ValueError, match=r"14 tokens.*max_len=13"):
        target_logits(model, [[1]], [list(range(14))])
    with pytest.raises(ValueError, match=r"14 tokens.*max_len=13"):
        list(logits_by_steps(model, list(range(14))))


@pytest.mark.parametrize("name", ["random BERT", *BUNDLED_BERTS])
@torch.inference_mode()
def test_masked_copies_one_by_one_and_by_the_reference(name):
    """The pseudo-log-likelihood, too, is within 1e-4 of the reference."""
    if name in MODELS:
        model = model_of(name)
    else:
        model = random_transformer(make_config("encoder", max_len=71, output_bias=True), seed=3)
    ids, mask = random_ids(model.config.vocab_size, min(LENGTH, model.config.max_len)), 3
    positions = list(range(1, len(ids) - 1))
    found = masked_logits(model, ids, positions, mask)
    assert found.shape == (len(positions), model.config.vocab_size)
    parameters = as_arrays(model)
    shown = positions[:: 1 if name not in MODELS else 16]  # the reference takes its time
    expected = []
    for position in shown:
        copy = [*ids[:position], mask, *ids[position + 1 :]]
        row = found[positions.index(position)]
        np.testing.assert_allclose(row, model(torch.tensor([copy])).logits[0, position].numpy(), rtol=0, atol=2e-5)
        expected.append(reference.forward(parameters, model.config, copy).logits[position])
    y = [ids[position] for position in shown]
    mine = factorise(found[[positions.index(position) for position in shown]], y)
    assert mine.total_log_p == pytest.approx(factorise(np.stack(expected), y).total_log_p, abs=1e-4)


def test_masked_copies_are_the_same_in_any_batch(monkeypatch):
    model = random_transformer(make_config("encoder"), seed=3)
    ids, positions = random_ids(19, 13), [12, 0, 5, 5, 7]
    at_once = masked_logits(model, ids, positions, 3)
    for tokens in (1, 13, 31):  # 1, 1 and 2 copies in one batch
        monkeypatch.setattr(scoring, "MASKED_AT_ONCE", tokens)
        np.testing.assert_allclose(masked_logits(model, ids, positions, 3), at_once, rtol=0, atol=1e-5)
    np.testing.assert_allclose(at_once[2], at_once[3], rtol=0, atol=1e-6)
