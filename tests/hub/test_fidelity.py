"""Every family, opened from the files that the transformers library writes, computes what the library computes.

Compared are the logits, the attention weights of each layer (self and cross), the state before each block and after
it, and the output of each stack; and how many parameters there are.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from explorer.hub.options import ACTIVATIONS
from explorer.model.shapes import count_parameters, parameter_shapes
from tests.hub.models import CLASSES, assert_same_trace, both, make, n_parameters, open_ours, save

FAMILIES = tuple(CLASSES)
OPTIONS = [
    ("gpt2", {"n_inner": None}),
    ("gpt2", {"scale_attn_weights": False}),
    ("gpt2", {"layer_norm_epsilon": 0.1}),
    ("gpt2", {"tie_word_embeddings": False}),
    ("gpt2", {"reorder_and_upcast_attn": True}),
    ("gpt2", {"n_layer": 1, "n_head": 1, "n_embd": 7}),
    ("bert", {"layer_norm_eps": 0.1}),
    ("bert", {"tie_word_embeddings": False}),
    ("bert", {"type_vocab_size": 1}),
    ("bert", {"type_vocab_size": 3, "hidden_size": 21, "intermediate_size": 5}),
    ("bert", {"chunk_size_feed_forward": 1}),
    ("distilbert", {"tie_word_embeddings": False}),
    ("distilbert", {"sinusoidal_pos_embds": True, "dim": 18}),
    ("distilbert", {"n_layers": 3, "n_heads": 7, "dim": 21}),
    ("roberta", {"layer_norm_eps": 0.1}),
    ("roberta", {"pad_token_id": 0}),
    ("roberta", {"pad_token_id": 1, "max_position_embeddings": 17}),
    ("roberta", {"tie_word_embeddings": False, "type_vocab_size": 2}),
    ("bart", {"scale_embedding": True}),
    ("bart", {"tie_word_embeddings": False}),
    ("bart", {"encoder_layers": 3, "decoder_layers": 1}),
    ("bart", {"d_model": 15}),
    ("marian", {"scale_embedding": True}),
    ("marian", {"tie_word_embeddings": False}),
    ("marian", {"encoder_layers": 1, "decoder_layers": 2}),
    ("marian", {"share_encoder_decoder_embeddings": False, "decoder_vocab_size": 53, "tie_word_embeddings": False}),
    ("marian", {"share_encoder_decoder_embeddings": False, "decoder_vocab_size": 53}),
    ("marian", {"share_encoder_decoder_embeddings": False}),
    ("t5", {"num_layers": 3, "num_decoder_layers": 1}),
    ("t5", {"num_decoder_layers": None}),
    ("t5", {"layer_norm_epsilon": 0.1}),
    ("t5", {"feed_forward_proj": "gated-gelu"}),
    ("t5", {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}),
    ("t5", {"feed_forward_proj": "gated-silu"}),
    ("t5", {"feed_forward_proj": "gated-relu", "d_kv": 7, "num_heads": 5}),
    ("t5", {"n_positions": 29}),
    *(
        ("t5", {"relative_attention_num_buckets": buckets, "relative_attention_max_distance": distance})
        for buckets, distance in [(4, 3), (4, 128), (12, 7), (16, 20), (32, 17), (32, 128), (64, 128)]
    ),
]
ACTIVATION_FIELD = {
    "gpt2": "activation_function",
    "bert": "hidden_act",
    "distilbert": "activation",
    "roberta": "hidden_act",
    "bart": "activation_function",
    "marian": "activation_function",
    "t5": "feed_forward_proj",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_computes_the_same(family, tmp_path):
    ours, theirs = both(family, tmp_path)
    assert_same_trace(ours, theirs)
    assert_same_trace(ours, theirs, n=1, length=1, source_length=1)
    longest = min(ours.config.max_len, 23)
    assert_same_trace(ours, theirs, n=1, length=longest, source_length=longest)


@pytest.mark.parametrize("family", FAMILIES)
def test_parameters_are_counted_as_the_library_counts_them(family, tmp_path):
    """Marian's bias of the logits was learned, and the library keeps it as a buffer: here it counts."""
    theirs = make(family)
    entry, ours = open_ours(save(theirs, tmp_path))
    assert entry.about.n_parameters == count_parameters(entry.config) == ours.n_parameters() == n_parameters(theirs)


@pytest.mark.parametrize(("family", "options"), OPTIONS, ids=str)
def test_an_option_computes_the_same(family, options, tmp_path):
    ours, theirs = both(family, tmp_path, seed=3, **options)
    assert_same_trace(ours, theirs)
    assert ours.n_parameters() == n_parameters(theirs)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_activation_computes_the_same(family, activation, tmp_path):
    ours, theirs = both(family, tmp_path, **{ACTIVATION_FIELD[family]: activation})
    assert_same_trace(ours, theirs)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_array_has_a_place_in_the_file(family, tmp_path):
    """The mapping names the parameters of our config, all of them and no others."""
    from explorer.hub.families import FAMILIES as MAPPINGS

    entry, _ = open_ours(save(make(family), tmp_path))
    for tied in (True, False) if entry.config.tied_embeddings else (False,):
        config = replace(entry.config, tied_embeddings=tied)
        assert set(MAPPINGS[family].pieces(config)) == set(parameter_shapes(config))


def test_texts_of_different_lengths_do_not_see_each_others_padding(tmp_path):
    ours, theirs = both("bert", tmp_path)
    tokens = torch.tensor([[7, 11, 13, 17, 19], [23, 29, 31, 3, 3]])
    real = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    with torch.inference_mode():
        there = theirs(tokens, attention_mask=real).logits
        here = ours(tokens, tokens_mask=real.bool()).logits
    torch.testing.assert_close(here[1, :3], there[1, :3], rtol=1e-5, atol=1e-5)


def test_t5_1_1_has_an_output_matrix_of_its_own_and_no_scale(tmp_path):
    """The library ties the two whenever it makes a model: T5 1.1's file is made by hand."""
    theirs = make("t5", feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    generator = torch.Generator().manual_seed(5)
    theirs.lm_head.weight = torch.nn.Parameter(torch.randn(theirs.lm_head.weight.shape, generator=generator))
    theirs.config.tie_word_embeddings = False
    entry, ours = open_ours(save(theirs, tmp_path, tie_word_embeddings=False))
    assert not entry.config.tied_embeddings
    assert not entry.config.output_scale
    assert_same_trace(ours, theirs)
    assert ours.n_parameters() == n_parameters(theirs)


@pytest.mark.parametrize("family", ["bart", "marian"])
def test_the_bias_of_the_logits_counts_where_it_is_not_0(family, tmp_path):
    theirs = make(family)
    theirs.final_logits_bias = torch.randn(theirs.final_logits_bias.shape, generator=torch.Generator().manual_seed(7))
    entry, ours = open_ours(save(theirs, tmp_path))
    assert entry.config.output_bias
    assert_same_trace(ours, theirs)
    theirs.final_logits_bias.zero_()
    entry, ours = open_ours(save(theirs, tmp_path))
    assert not entry.config.output_bias
    assert_same_trace(ours, theirs)
    assert ours.n_parameters() == n_parameters(theirs)
