"""Every formula equals what the built model has, and the published totals are met."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.analysis.costs import cache_cost, crossing_length, layer_work, memory_bytes, work_per_token
from explorer.analysis.parameter_table import parameter_rows, tree_path
from explorer.analysis.parameters import AttentionCount, symbols, tensor_counts
from explorer.analysis.presets import PRESETS
from explorer.model.attention import MultiHeadAttention
from explorer.model.config import ACTIVATIONS, NORM_POSITIONS, NORMS, POSITIONS, TransformerConfig
from explorer.model.shapes import count_parameters
from explorer.model.transformer import Transformer
from tests.bundled import MODELS, checkpoint_of
from tests.golden.random_models import ARCHITECTURES, make_config, random_transformer

PUBLISHED = {
    "gpt2": 124_439_808,
    "gpt2-medium": 354_823_168,
    "gpt2-large": 774_030_080,
    "gpt2-xl": 1_557_611_200,
    "bert-base": 109_482_240,
    "bert-large": 335_141_888,
}
FLAGS = (
    "final_norm", "attention_bias", "ff_bias", "norm_bias", "output_bias", "tied_embeddings", "ff_gate",
    "embedding_norm", "output_scale",
)  # fmt: skip


def built(config):
    """The live model's own count, on the meta device."""
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in Transformer(config).parameters())


def test_the_boards_own_numbers():
    count = AttentionCount(8, 512, 64, 64, 512)
    assert count.exact == 1_048_576
    assert count.board == 8 * (512**2 + 512 * 64 + 512 * 64) == 2_621_440
    assert count.exact == 4 * 262_144


@given(st.integers(1, 50), *[st.integers(1, 500)] * 4)
def test_the_two_shortcuts_are_the_whole_difference(s, d, m, l, n):  # noqa: E741
    count = AttentionCount(s, d, m, l, n)
    assert count.board + count.once - count.as_n == count.exact
    assert count.exact == 2 * count.w_q + count.w_v + count.w_o


@given(st.integers(1, 7), st.integers(1, 13), st.integers(1, 11), st.integers(1, 11))
@settings(max_examples=20, deadline=None)
def test_the_exact_count_is_that_of_the_module(s, d, m, l):  # noqa: E741
    config = TransformerConfig(
        "encoder", 5, d_model=d, n_heads=s, d_k=m, d_v=l, n_encoder_layers=1, positions="none", max_len=3
    )
    module = MultiHeadAttention(config)
    assert sum(p.numel() for p in module.parameters()) == AttentionCount(s, d, m, l, d).exact


def test_more_heads_of_a_smaller_size_cost_nothing():
    assert len({AttentionCount(s, 512, 512 // s, 512 // s, 512).exact for s in (1, 2, 4, 8, 16, 512)}) == 1


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_each_formula_gives_the_size_of_its_array(data):
    architecture = data.draw(st.sampled_from(ARCHITECTURES))
    options = {name: data.draw(st.booleans(), name) for name in FLAGS}
    choices = {"positions": POSITIONS, "norm": NORMS, "norm_position": NORM_POSITIONS, "activation": ACTIVATIONS}
    choices |= {"n_segments": (0, 2, 3), "output_transform": ("none", "gelu", "silu")}
    options |= {name: data.draw(st.sampled_from(values), name) for name, values in choices.items()}
    if options["positions"] == "learned":
        options["position_offset"] = data.draw(st.sampled_from((0, 2)))
    if architecture == "encoder" and not options["output_bias"] and options["output_transform"] == "none":
        options["unembedding"] = data.draw(st.booleans(), "unembedding")
    if architecture == "encoder-decoder":
        options["source_vocab_size"] = data.draw(st.sampled_from((0, 17)))
    for stack in ("encoder", "decoder"):
        if stack in architecture.split("-"):
            options[f"n_{stack}_layers"] = data.draw(st.integers(1, 3))
    config = make_config(architecture, **options)
    live = {name: parameter.numel() for name, parameter in Transformer(config).named_parameters()}
    values = symbols(config)
    assert {tensor.name: tensor.count for tensor in tensor_counts(config)} == live
    for tensor in tensor_counts(config):
        assert math.prod(values[symbol] for symbol in tensor.formula.split()) == tensor.count, tensor.name
    assert sum(row.total for row in parameter_rows(config)) == count_parameters(config) == sum(live.values())


def test_a_source_vocabulary_of_its_own_has_its_own_letter():
    config = make_config("encoder-decoder", source_vocab_size=23)
    formulas = {tensor.name: tensor.formula for tensor in tensor_counts(config)}
    assert formulas["encoder.embedding.token.weight"] == "V_x d"
    assert formulas["decoder.embedding.token.weight"] == "V d"


def test_equal_layers_share_their_rows():
    rows = parameter_rows(make_config("decoder", n_decoder_layers=5))
    (w_q,) = [row for row in rows if row.name == "attention.w_q.weight"]
    assert (w_q.times, w_q.count, w_q.total) == (5, 3 * 5 * 14, 5 * 3 * 5 * 14)
    assert w_q.group == "decoder, each of 5 layers"


@pytest.mark.parametrize("name", PRESETS)
def test_published_totals(name):
    preset = PRESETS[name]
    assert count_parameters(preset.config) == built(preset.config)
    if preset.exact:
        assert preset.total == preset.published == PUBLISHED[name]
    else:
        assert preset.why and abs(preset.total / preset.published - 1) < 0.04


def test_every_exact_figure_is_tested():
    assert {name for name, preset in PRESETS.items() if preset.exact} == set(PUBLISHED)


def test_why_the_papers_figures_differ():
    """The vocabularies that would give the paper's rounded totals, as the notes say them."""
    for name, pieces in (("transformer-base", "40,800"), ("transformer-big", "35,900")):
        preset = PRESETS[name]
        vocabulary = preset.config.vocab_size + (preset.published - preset.total) / preset.config.d_model
        assert round(vocabulary, -2) == int(pieces.replace(",", ""))
        assert pieces in preset.why


@pytest.mark.parametrize("name", MODELS)
def test_bundled_models(name):
    live = sum(parameter.numel() for parameter in checkpoint_of(name).model.parameters())
    assert count_parameters(MODELS[name].config) == live == MODELS[name].about.n_parameters


@pytest.mark.parametrize("architecture", ["decoder", "encoder-decoder"])
@torch.inference_mode()
def test_the_cache_is_as_large_as_the_formula_says(architecture):
    """It holds k and v of every layer, as the trace of a pass over four tokens (and a source of seven) has them."""
    model = random_transformer(make_config(architecture, n_decoder_layers=3))
    pair = architecture == "encoder-decoder"
    source = torch.tensor([[7, 11, 13, 17, 2, 3, 5]]) if pair else None
    blocks = model(torch.tensor([[1, 2, 3, 5]]), source).decoder.blocks
    layers = [block.attention for block in blocks] + ([block.cross_attention for block in blocks] if pair else [])
    cost = cache_cost(model.config)
    assert sum(layer.k.numel() + layer.v.numel() for layer in layers) == 4 * cost.per_token + 7 * cost.per_source_token
    assert (cost.per_source_token > 0) == pair


def test_an_encoder_has_no_cache():
    assert cache_cost(make_config("encoder")).per_token == 0


def test_work_by_hand():
    """s = 2, d = 4, m = 3, l = 5, f = 7, three tokens."""
    config = TransformerConfig(
        "decoder", 11, d_model=4, n_heads=2, d_k=3, d_v=5, d_ff=7, n_decoder_layers=1, positions="none"
    )
    work = layer_work(config, 3)
    assert work.projections == 3 * (2 * (2 * 4 * 3 + 4 * 5) + 5 * 2 * 4) == 384
    assert work.feed_forward == 3 * 2 * 4 * 7 == 168
    assert work.attention == 9 * 2 * (3 + 5) == 144
    assert work.total == 696
    assert work_per_token(config, 3) == 128 + 48 + 56 + 44


def test_work_of_a_gate_and_of_what_stands_before_the_logits_by_hand():
    """As above with a third matrix of 4 x 7, and a transform of 4 x 4; without an unembedding no logits are made."""
    sizes = {"d_model": 4, "n_heads": 2, "d_k": 3, "d_v": 5, "d_ff": 7, "positions": "none"}
    gated = TransformerConfig("decoder", 11, n_decoder_layers=1, ff_gate=True, **sizes)
    assert layer_work(gated, 3).feed_forward == 3 * 3 * 4 * 7 == 252
    assert work_per_token(gated, 3) == 128 + 48 + 84 + 44
    bert = TransformerConfig("encoder", 11, n_encoder_layers=1, output_transform="gelu", **sizes)
    assert work_per_token(bert, 3) == 128 + 48 + 56 + 16 + 44
    bare = TransformerConfig("encoder", 11, n_encoder_layers=1, unembedding=False, **sizes)
    assert work_per_token(bare, 3) == 128 + 48 + 56


def test_where_the_two_cross():
    config = PRESETS["transformer-base"].config
    assert crossing_length(config) == 6 * config.d_model  # m = l = d / s and f = 4 d
    at = layer_work(config, 3072)
    assert at.attention == at.projections + at.feed_forward


def test_memory():
    assert [memory_bytes(1000, dtype) for dtype in ("float32", "float16", "int8")] == [4000, 2000, 1000]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("decoder.blocks.11.ff.w_2.bias", ("decoder", "layer 12", "feed-forward", "b_2")),
        ("decoder.blocks.0.cross_norm.weight", ("decoder", "layer 1", "norms", "cross gain")),
        ("encoder.embedding.position", ("encoder", "embedding", "position")),
        ("decoder.norm.weight", ("decoder", "final norm", "gain")),
        ("unembedding.weight", ("unembedding", "weight")),
        ("decoder.blocks.0.ff.w_3.bias", ("decoder", "layer 1", "feed-forward", "b_3")),
        ("encoder.embedding.norm.bias", ("encoder", "embedding", "norm bias")),
        ("encoder.embedding.segment", ("encoder", "embedding", "segment")),
        ("encoder.position_bias.weight", ("encoder", "relative positions", "b")),
        ("transform.norm.weight", ("transform", "norm gain")),
        ("transform.linear.weight", ("transform", "linear", "weight")),
    ],
)
def test_where_an_array_is_in_the_tree(name, path):
    assert tree_path(name) == path


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("positions", ["learned", "relative"])
def test_every_array_has_a_place_of_its_own_in_the_tree(architecture, positions):
    options = {"attention_bias": True, "final_norm": True, "tied_embeddings": False, "output_bias": True}
    options |= {"output_transform": "gelu", "n_segments": 2, "embedding_norm": True, "ff_gate": True}
    config = make_config(architecture, positions=positions, **options)
    paths = [tree_path(tensor.name) for tensor in tensor_counts(config)]
    assert len(set(paths)) == len(paths)
    inner = {path[:depth] for path in paths for depth in range(1, len(path))}
    assert not inner & set(paths)
