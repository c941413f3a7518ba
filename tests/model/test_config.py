"""A config holds plain values, and refuses those that make no model, with the numbers in the message."""

import json
from dataclasses import FrozenInstanceError, fields

import pytest

from explorer.model.config import TransformerConfig
from tests.golden.random_models import ARCHITECTURES, make_config


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"architecture": "seq2seq"}, ["architecture", "'seq2seq'", "encoder-decoder, decoder, encoder"]),
        ({"norm_position": "middle"}, ["norm_position", "'middle'", "post, pre"]),
        ({"norm": "batch"}, ["norm", "'batch'", "layer, rms"]),
        ({"activation": "mish"}, ["activation", "'mish'", "relu, gelu, gelu_tanh"]),
        ({"positions": "rotary"}, ["positions", "'rotary'", "sinusoidal-board, learned, relative, none"]),
        ({"vocab_size": 0}, ["vocab_size", "at least 1", "0"]),
        ({"d_model": -2}, ["d_model", "at least 1", "-2"]),
        ({"n_heads": 2.0}, ["n_heads", "whole number", "2.0"]),
        ({"d_k": True}, ["d_k", "whole number", "True"]),
        ({"d_v": "7"}, ["d_v", "whole number", "'7'"]),
        ({"d_ff": None}, ["d_ff", "whole number", "None"]),
        ({"max_len": 0}, ["max_len", "at least 1", "0"]),
        ({"source_vocab_size": -1}, ["source_vocab_size", "at least 0", "-1"]),
        ({"n_encoder_layers": -3}, ["n_encoder_layers", "at least 0", "-3"]),
        ({"n_decoder_layers": 1.5}, ["n_decoder_layers", "at least 0", "1.5"]),
        ({"dropout": 1.0}, ["dropout", "below 1", "1.0"]),
        ({"dropout": float("nan")}, ["dropout", "nan"]),
        ({"dropout": "0.1"}, ["dropout", "'0.1'"]),
        ({"attention_dropout": -0.1}, ["attention_dropout", "-0.1"]),
        ({"norm_eps": 0.0}, ["norm_eps", "above 0", "0.0"]),
        ({"norm_eps": float("inf")}, ["norm_eps", "finite", "inf"]),
        ({"final_norm": 1}, ["final_norm", "true or false", "1"]),
        ({"attention_bias": "no"}, ["attention_bias", "true or false", "'no'"]),
        ({"n_encoder_layers": 0}, ["'encoder-decoder'", "n_encoder_layers=0", "n_decoder_layers=2"]),
        ({"n_decoder_layers": 0}, ["'encoder-decoder'", "n_encoder_layers=2", "n_decoder_layers=0"]),
        ({"architecture": "encoder"}, ["'encoder'", "n_encoder_layers=2", "n_decoder_layers=2"]),
        ({"architecture": "decoder", "n_decoder_layers": 3}, ["'decoder'", "n_encoder_layers=2", "n_decoder_layers=3"]),
        (
            {"architecture": "encoder", "n_decoder_layers": 0, "source_vocab_size": 23},
            ["source_vocab_size=23", "'encoder'"],
        ),
        ({"d_model": 13}, ["d_model=13", "even"]),
        ({"position_offset": 2}, ["position_offset=2", "'learned'", "'sinusoidal'"]),
        ({"positions": "relative", "relative_buckets": 6}, ["relative_buckets=6", "divisible by 4"]),
        ({"positions": "relative", "relative_max_distance": 16}, ["relative_max_distance", "17", "16"]),
        ({"unembedding": False}, ["without unembedding", "encoder"]),
        ({"suppressed_tokens": (3, 19)}, ["suppressed_tokens", "vocab_size=19", "(3, 19)"]),
        ({"suppressed_tokens": 3}, ["suppressed_tokens", "not 3"]),
        ({"n_segments": -1}, ["n_segments", "at least 0", "-1"]),
        ({"d_model": 13, "positions": "sinusoidal-board"}, ["d_model=13", "even"]),
    ],
    ids=lambda value: "-".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_what_makes_no_model_is_refused_with_the_numbers(change, words):
    values = make_config("encoder-decoder").to_dict() | change
    with pytest.raises(ValueError) as error:
        TransformerConfig.from_dict(values)
    for word in words:
        assert word in str(error.value)


def test_a_config_cannot_be_changed():
    config = make_config("encoder")
    with pytest.raises(FrozenInstanceError):
        config.d_model = 16


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_config_survives_being_written_as_plain_values(architecture):
    config = make_config(architecture, norm="rms", dropout=0.1, scale_scores=False, suppressed_tokens=(3, 17))
    values = config.to_dict()
    assert set(values) == {field.name for field in fields(TransformerConfig)}
    assert all(isinstance(value, str | int | float | bool | list) for value in values.values())
    assert TransformerConfig.from_dict(json.loads(json.dumps(values))) == config


def test_an_unknown_or_missing_field_is_named():
    values = make_config("encoder").to_dict()
    with pytest.raises(ValueError, match="unknown field 'd_kk'"):
        TransformerConfig.from_dict(values | {"d_kk": 3})
    del values["vocab_size"]
    with pytest.raises(ValueError, match="'vocab_size' is missing"):
        TransformerConfig.from_dict(values)


@pytest.mark.parametrize(
    ("architecture", "parts"),
    [("encoder-decoder", (True, True, True)), ("decoder", (False, True, False)), ("encoder", (True, False, False))],
)
def test_an_architecture_knows_its_parts(architecture, parts):
    config = make_config(architecture)
    assert (config.has_encoder, config.has_decoder, config.has_cross_attention) == parts


def test_scores_are_divided_by_the_root_of_d_k():
    assert make_config("encoder", d_k=16).score_scale == 0.25
    assert make_config("encoder", d_k=16, scale_scores=False).score_scale == 1.0
