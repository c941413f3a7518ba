"""A model is built from its name alone, the same each time, and refused where it cannot be."""

from dataclasses import replace

import pytest
import torch

from explorer.limits import UNTRAINED_PARAMETERS
from explorer.model.checkpoint import build_untrained
from explorer.model.config_text import apply_changes, changes_text
from explorer.model.run import run
from explorer.model.untrained import check_size, is_untrained_name, similar, untrained_entry, untrained_name
from tests.bundled import MODELS, TELLING_MODELS, texts

GPT = "gpt-captions"


def make(like=GPT, seed=3, **changes):
    entry = MODELS[like]
    return untrained_name(entry, replace(entry.config, **changes), seed)


def test_a_configuration_as_a_text():
    base = MODELS[GPT].config
    config = replace(base, n_heads=1, scale_scores=False, norm="rms", norm_eps=0.25)
    assert changes_text(base, config) == "n_heads=1,norm=rms,norm_eps=0.25,scale_scores=false"
    assert apply_changes(base, changes_text(base, config)) == config
    assert changes_text(base, base) == ""
    assert apply_changes(base, "") == base


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n_heads", "does not change a field"),
        ("heads=3", "does not change a field"),
        ("n_heads=three", "n_heads cannot be 'three'"),
        ("n_heads=0", "n_heads must be a whole number of at least 1"),
        ("scale_scores=1", "scale_scores cannot be '1'"),
        ("norm=batch", "norm must be one of layer, rms"),
        ("=", "does not change a field"),
    ],
)
def test_a_text_that_describes_no_change(text, message):
    with pytest.raises(ValueError, match=message):
        apply_changes(MODELS[GPT].config, text)


@pytest.mark.parametrize("like", TELLING_MODELS)
def test_built_from_its_name(like):
    name = make(like, n_heads=3, d_k=5, d_v=7, scale_scores=False)
    assert is_untrained_name(name)
    entry = untrained_entry(name, MODELS)
    assert (entry.name, entry.seed, entry.trained) == (name, 3, False)
    checkpoint = build_untrained(entry)
    assert checkpoint.model.n_parameters() == entry.about.n_parameters
    text = texts(like).short
    result = run(checkpoint, "", text) if entry.config.has_cross_attention else run(checkpoint, text)
    kind = "encoder" if entry.config.has_encoder else "decoder"
    assert result.attention(kind, 0).weights.shape[0] == 3
    assert result.attention(kind, 0).scale == 1.0


def test_the_seed_decides_the_weights_and_nothing_else_does():
    def weights(seed):
        torch.rand(seed + 1)  # torch's own generator is somewhere else each time
        return torch.cat(
            [p.flatten() for p in build_untrained(untrained_entry(make(seed=seed), MODELS)).model.parameters()]
        )

    state = torch.get_rng_state()
    assert torch.equal(weights(5), weights(5))
    assert not torch.equal(weights(5), weights(6))
    torch.set_rng_state(state)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("untrained~gpt-captions", "does not describe"),
        ("untrained~no-such-model~~0", "does not describe"),
        ("untrained~gpt-captions~~-1", "does not describe"),
        ("untrained~gpt-captions~~٣x", "does not describe"),
        ("untrained~gpt-captions~~99999999999", "the seed must be at most"),
        ("untrained~gpt-captions~vocab_size=7~0", "has its architecture and its vocabulary"),
        ("untrained~gpt-captions~n_heads=0~0", "n_heads must be"),
        ("untrained~gpt-captions~n_heads=1000000000~0", "too many to build here"),
        ("untrained~gpt-captions~max_len=100000,positions=none~0", "too long to build here"),
    ],
)
def test_what_cannot_be_built(name, message):
    with pytest.raises(ValueError, match=message):
        untrained_entry(name, MODELS)


def test_the_vocabulary_that_is_nearest():
    config = replace(MODELS["gpt-shakespeare"].config, vocab_size=50, n_heads=2)
    like, taken = similar(MODELS, config)
    assert like.name == "gpt-shakespeare"
    assert (taken.vocab_size, taken.n_heads) == (66, 2)
    assert similar({}, config) is None


def test_a_size_that_is_just_allowed():
    config = MODELS[GPT].config
    check_size(config)
    with pytest.raises(ValueError, match=f"at most {UNTRAINED_PARAMETERS:,}"):
        check_size(replace(config, d_ff=40_000))
