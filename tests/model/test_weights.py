"""A model's weights as arrays: which parts a model has, and that nobody can write to them."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.model import weights
from tests import zoo


def state(name: str, key: str) -> np.ndarray:
    return zoo.checkpoint_of(name).model.state_dict()[key].numpy()


@pytest.mark.parametrize("name", zoo.NAMES)
def test_each_model_has_its_own_parts_and_no_others(name):
    model, config = zoo.checkpoint_of(name).model, zoo.config_of(name)
    kind = "encoder" if config.has_encoder else "decoder"
    has = {
        "segments": weights.segment_table(model, kind) is not None,
        "norm": weights.embedding_norm(model, kind) is not None,
        "table": weights.position_table(model, kind) is not None,
        "relative": weights.relative_positions(model, kind) is not None,
        "gate": weights.feed_forward_weights(model, kind, 1).w_3 is not None,
        "transform": weights.output_transform(model) is not None,
    }
    expected = {
        "gpt2": {"table"},
        "bert": {"table", "segments", "norm", "transform"},
        "t5": {"relative", "gate"},
        "marian": set(),
        "bart": {"table", "norm"},
        "bert-attention": {"table", "segments", "norm"},
    }
    assert {part for part, there in has.items() if there} == expected[name]


def test_the_arrays_are_the_checkpoints_own():
    bert, t5, bart = (zoo.checkpoint_of(name).model for name in ("bert", "t5", "bart"))
    np.testing.assert_array_equal(weights.segment_table(bert, "encoder"), state("bert", "encoder.embedding.segment"))
    norm = weights.embedding_norm(bert, "encoder")
    np.testing.assert_array_equal(norm.gain, state("bert", "encoder.embedding.norm.weight"))
    np.testing.assert_array_equal(norm.bias, state("bert", "encoder.embedding.norm.bias"))
    transform = weights.output_transform(bert)
    np.testing.assert_array_equal(transform.w, state("bert", "transform.linear.weight"))
    np.testing.assert_array_equal(transform.norm.gain, state("bert", "transform.norm.weight"))
    assert transform.activation == "gelu"
    gated = weights.feed_forward_weights(t5, "decoder", 1)
    np.testing.assert_array_equal(gated.w_3, state("t5", "decoder.blocks.1.ff.w_3.weight"))
    assert gated.b_3 is None
    assert weights.position_table(bart, "decoder").shape == (19 + 2, 13)
    for array in (norm.gain, transform.w, gated.w_3, weights.position_table(bart, "decoder")):
        assert not array.flags.writeable


def test_relative_positions_belong_to_self_attention():
    model = zoo.checkpoint_of("t5").model
    for kind in ("encoder", "decoder"):
        found = weights.relative_positions(model, kind)
        np.testing.assert_array_equal(found.table, state("t5", f"{kind}.position_bias.weight"))
        assert (found.n_buckets, found.max_distance, found.both_ways) == (8, 11, kind == "encoder")
    assert weights.relative_positions(model, "cross") is None


def test_a_model_without_unembedding_says_so():
    with pytest.raises(ValueError, match="no unembedding"):
        weights.unembedding(zoo.checkpoint_of("bert-attention").model)
