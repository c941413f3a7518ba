"""Every field of the trace equals the NumPy reference, whatever the architecture and the options."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import reference
from explorer.model.config import ACTIVATIONS, NORM_POSITIONS, NORMS, POSITIONS, TransformerConfig
from tests.golden.random_models import (
    ARCHITECTURES,
    MAX_LEN,
    VOCAB_SIZE,
    as_arrays,
    assert_matches_reference,
    make_config,
    random_inputs,
    random_transformer,
)

OPTIONS = [
    *[{"norm_position": p, "norm": n} for p in NORM_POSITIONS for n in NORMS],
    *[{"norm_position": p, "final_norm": True, "norm_bias": b} for p in NORM_POSITIONS for b in (True, False)],
    *[{"activation": activation} for activation in ACTIVATIONS],
    *[{"positions": positions} for positions in POSITIONS],
    {"norm": "rms", "final_norm": True},
    {"norm_eps": 0.1},
    {"attention_bias": True, "ff_bias": False},
    {"attention_bias": True, "ff_bias": True, "output_bias": True},
    {"embedding_scale": False},
    {"tied_embeddings": False},
    {"tied_embeddings": False, "output_bias": True},
    {"scale_scores": False},
    {"ff_gate": True, "activation": "gelu_tanh"},
    {"ff_gate": True, "ff_bias": False},
    {"embedding_norm": True},
    {"embedding_norm": True, "norm_bias": False, "norm_position": "pre"},
    {"embedding_norm": True, "norm": "rms"},
    {"n_segments": 3, "embedding_norm": True},
    {"positions": "learned", "position_offset": 3},
    {"positions": "relative", "relative_buckets": 4, "relative_max_distance": 5},
    {"positions": "relative", "relative_buckets": 8, "relative_max_distance": 11, "scale_scores": False},
    *[{"output_transform": activation, "output_bias": True} for activation in ACTIVATIONS],
    {"output_scale": True},
    {"output_scale": True, "output_transform": "gelu", "norm": "rms"},
    {"d_k": 7, "d_v": 5},
    {"d_k": 1, "d_v": 1, "n_heads": 1},
    {"d_model": 13, "positions": "learned", "n_heads": 5, "d_k": 2, "d_v": 3},
    {"dropout": 0.5},  # in eval mode it does nothing
]


def name_of(options):
    return "-".join(f"{name}={value}" for name, value in options.items())


@pytest.mark.parametrize("options", OPTIONS, ids=name_of)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_field_equals_the_reference(architecture, options):
    config = make_config(architecture, **options)
    assert_matches_reference(random_transformer(config), random_inputs(config))


@pytest.mark.parametrize("options", [{"source_vocab_size": 23}, {"source_vocab_size": 23, "tied_embeddings": False}])
def test_separate_source_vocabulary(options):
    config = make_config("encoder-decoder", **options)
    assert_matches_reference(random_transformer(config), random_inputs(config, n_tokens=3, n_source=11))


@pytest.mark.parametrize("options", [{}, {"source_vocab_size": 23}, {"norm_position": "pre", "final_norm": True}])
def test_bottleneck(options):
    config = make_config("encoder-decoder", bottleneck=True, **options)
    assert_matches_reference(random_transformer(config), random_inputs(config, n_tokens=3, n_source=11))


@st.composite
def configs(draw):
    """Any config of small prime sizes (d_model twice a prime where sines need their cosines)."""
    architecture = draw(st.sampled_from(ARCHITECTURES))
    positions = draw(st.sampled_from(POSITIONS))
    layers = st.integers(1, 2)
    return TransformerConfig(
        architecture=architecture,
        vocab_size=VOCAB_SIZE,
        source_vocab_size=draw(st.sampled_from((0, 23))) if architecture == "encoder-decoder" else 0,
        d_model=draw(st.sampled_from((6, 10, 14, 22) if positions.startswith("sin") else (5, 7, 11, 13))),
        n_heads=draw(st.sampled_from((1, 2, 3, 5))),
        d_k=draw(st.sampled_from((1, 2, 3, 5, 7))),
        d_v=draw(st.sampled_from((1, 2, 3, 5, 7))),
        d_ff=draw(st.sampled_from((3, 11, 17))),
        n_encoder_layers=0 if architecture == "decoder" else draw(layers),
        n_decoder_layers=0 if architecture == "encoder" else draw(layers),
        max_len=MAX_LEN,
        norm_position=draw(st.sampled_from(NORM_POSITIONS)),
        norm=draw(st.sampled_from(NORMS)),
        norm_eps=draw(st.sampled_from((1e-5, 1e-3))),
        final_norm=draw(st.booleans()),
        activation=draw(st.sampled_from(ACTIVATIONS)),
        attention_bias=draw(st.booleans()),
        ff_bias=draw(st.booleans()),
        norm_bias=draw(st.booleans()),
        output_bias=draw(st.booleans()),
        positions=positions,
        embedding_scale=draw(st.booleans()),
        tied_embeddings=draw(st.booleans()),
        dropout=draw(st.sampled_from((0.0, 0.3))),
        bottleneck=architecture == "encoder-decoder" and draw(st.booleans()),
        scale_scores=draw(st.booleans()),
        ff_gate=draw(st.booleans()),
        position_offset=draw(st.sampled_from((0, 2))) if positions == "learned" else 0,
        relative_buckets=draw(st.sampled_from((4, 8, 12))),
        relative_max_distance=draw(st.sampled_from((7, 11))),
        n_segments=draw(st.sampled_from((0, 1, 2))),
        embedding_norm=draw(st.booleans()),
        output_transform=draw(st.sampled_from(("none", *ACTIVATIONS))),
        output_scale=draw(st.booleans()),
    )


@st.composite
def texts(draw, vocab_size):
    """Two texts of one length with padding anywhere but at the start, where a causal row would have nothing to see."""
    length = draw(st.integers(1, MAX_LEN))
    ids = st.lists(st.integers(0, vocab_size - 1), min_size=length, max_size=length)
    real = st.lists(st.booleans(), min_size=length - 1, max_size=length - 1).map(lambda rest: [True, *rest])
    return torch.tensor([draw(ids), draw(ids)]), torch.tensor([draw(real), draw(real)])


@settings(max_examples=60)
@given(data=st.data(), config=configs(), seed=st.integers(0, 2**16))
def test_any_config_equals_the_reference(data, config, seed):
    inputs = dict(zip(("tokens", "tokens_mask"), data.draw(texts(config.vocab_size)), strict=True))
    if config.has_cross_attention:
        source = data.draw(texts(config.source_vocab_size or config.vocab_size))
        inputs |= dict(zip(("source", "source_mask"), source, strict=True))
    assert_matches_reference(random_transformer(config, seed), inputs)


def test_a_model_without_unembedding_has_no_logits():
    config = make_config("encoder", unembedding=False)
    model, inputs = random_transformer(config), random_inputs(config)
    assert_matches_reference(model, inputs)
    assert model(**inputs).logits.shape == (2, 7, 0)


def test_no_masks_means_that_everything_is_real():
    config = make_config("encoder-decoder")
    inputs = {name: value for name, value in random_inputs(config).items() if not name.endswith("_mask")}
    assert_matches_reference(random_transformer(config), inputs)


# The comparison above can fail: whatever is changed on one side only is noticed.

EVERYTHING = {
    "attention_bias": True,
    "output_bias": True,
    "final_norm": True,
    "positions": "learned",
    "embedding_norm": True,
    "ff_gate": True,
    "output_transform": "silu",
    "output_scale": True,
}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_parameter_matters(architecture):
    config = make_config(architecture, tied_embeddings=False, **EVERYTHING)
    config = replace(
        config,
        n_encoder_layers=min(1, config.n_encoder_layers),
        n_decoder_layers=min(1, config.n_decoder_layers),
        source_vocab_size=23 if config.has_cross_attention else 0,
    )
    model, inputs = random_transformer(config), random_inputs(config)
    for parameter in model.parameters():
        before = parameter.detach().clone()
        unchanged = as_arrays(model)
        with torch.no_grad():
            parameter += torch.linspace(0.1, 0.9, parameter.numel()).view_as(parameter)
        with pytest.raises(AssertionError):
            assert_matches_reference(model, inputs, parameters=unchanged)
        parameter.data = before


@pytest.mark.parametrize(
    "change",
    [
        {"norm_position": "pre"},
        {"norm": "rms"},
        {"norm_eps": 0.1},
        {"final_norm": False},
        {"activation": "gelu"},
        {"activation": "gelu_tanh"},
        {"positions": "sinusoidal-board"},
        {"positions": "none"},
        {"embedding_scale": False},
        {"scale_scores": False},
    ],
    ids=name_of,
)
def test_every_option_matters(change):
    config = make_config("encoder-decoder", final_norm=True)
    model, inputs = random_transformer(config), random_inputs(config)
    with pytest.raises(AssertionError):
        assert_matches_reference(model, inputs, config=replace(config, **change))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_float32_parameters_are_computed_in_float32(architecture):
    config = make_config(architecture, activation="gelu", positions="sinusoidal")
    parameters = {name: value.astype(np.float32) for name, value in as_arrays(random_transformer(config)).items()}
    inputs = {name: value[0].numpy() for name, value in random_inputs(config).items()}
    assert reference.forward(parameters, config, **inputs).logits.dtype == np.float32


def test_one_row_or_one_number_of_each_formula():
    rng = np.random.default_rng(0)
    q, k, v = rng.normal(size=(3, 5)), rng.normal(size=(7, 5)), rng.normal(size=(7, 2))
    mask = rng.random((3, 7)) < 0.7
    mask[:, 0] = True
    scores = reference.scaled_scores(q, k, 0.5)
    weights = reference.attention_weights(scores, mask)
    heads = reference.weighted_values(weights, v)
    for i in range(3):
        np.testing.assert_allclose(reference.attention_weights(scores[i], mask[i]), weights[i])
        np.testing.assert_allclose(reference.weighted_values(weights[i], v), heads[i])
        for j in range(7):
            np.testing.assert_allclose(reference.scaled_scores(q[i], k[j], 0.5), scores[i, j])
