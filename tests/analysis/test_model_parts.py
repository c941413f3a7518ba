"""Every learned array belongs to one part, and the parts add up to the model."""

from __future__ import annotations

import doctest
import math

import pytest

from explorer.analysis import model_parts
from explorer.analysis.model_parts import PARTS, count_by_part, part_of
from explorer.model.config import TransformerConfig
from explorer.model.shapes import count_parameters, parameter_shapes
from tests.bundled import MODELS
from tests.zoo import NAMES, config_of

SIZES = {"vocab_size": 101, "d_model": 6, "n_heads": 3, "d_k": 5, "d_v": 7, "d_ff": 11, "max_len": 13}


def counts_of(config: TransformerConfig) -> dict[str, int]:
    return count_by_part({name: math.prod(shape) for name, shape in parameter_shapes(config).items()})


def test_examples_run():
    assert doctest.testmod(model_parts).failed == 0


def test_parts_by_hand():
    config = TransformerConfig(
        "encoder-decoder", n_encoder_layers=2, n_decoder_layers=3, source_vocab_size=97, attention_bias=False,
        ff_bias=False, norm_bias=False, positions="sinusoidal", tied_embeddings=False, output_bias=False,
        final_norm=True, **SIZES,
    )  # fmt: skip
    attention = 3 * (2 * 6 * 5 + 6 * 7) + 3 * 7 * 6
    counts = counts_of(config)
    assert counts == {
        "encoder embedding": 97 * 6,
        "encoder self-attention": 2 * attention,
        "encoder feed-forward": 2 * 2 * 6 * 11,
        "encoder norms": (2 * 2 + 1) * 6,
        "decoder embedding": 101 * 6,
        "decoder self-attention": 3 * attention,
        "cross-attention": 3 * attention,
        "decoder feed-forward": 3 * 2 * 6 * 11,
        "decoder norms": (3 * 3 + 1) * 6,
        "output transform": 0,
        "linear": 101 * 6,
    }
    assert tuple(counts) == PARTS


@pytest.mark.parametrize("model", MODELS)
def test_parts_of_every_model_add_up(model):
    config = MODELS[model].config
    counts = counts_of(config)
    assert sum(counts.values()) == count_parameters(config) == MODELS[model].about.n_parameters
    assert bool(counts["cross-attention"]) == config.has_cross_attention
    assert bool(counts["encoder self-attention"]) == config.has_encoder


@pytest.mark.parametrize("name", NAMES)
def test_parts_of_models_with_more_parts_add_up(name):
    config = config_of(name)
    counts = counts_of(config)
    assert sum(counts.values()) == count_parameters(config)
    assert counts["output transform"] == (13 * 13 + 13 + 2 * 13 if name == "bert" else 0)
    assert counts["linear"] == (config.vocab_size if config.output_bias else 0)
    if name == "t5":
        attention = 2 * (3 * (2 * 5 * 13 + 7 * 13) + 3 * 7 * 13)
        assert counts["encoder self-attention"] == counts["decoder self-attention"] == attention + 8 * 3


@pytest.mark.parametrize(
    "name", ["", "encoder", "head.weight", "encoder.blocks.0.cross_attention.w_q.weight", "x.ff.w_1"]
)
def test_a_name_of_no_part(name):
    with pytest.raises(ValueError, match="belongs to no part"):
        part_of(name)
