"""The names, shapes and meanings of TransformerLens: its own lists of names, and each number by another way."""

import numpy as np
import pytest
import torch

from explorer.analysis.transformer_lens import transformer_lens_cache
from tests import zoo
from tests.bundled import run_of

# As HookedTransformer, HookedEncoder and HookedEncoderDecoder of TransformerLens 2.18 list them for such models.
ATTENTION = ["hook_q", "hook_k", "hook_v", "hook_attn_scores", "hook_pattern", "hook_z"]
ENDS = ["mlp.hook_post", "hook_mlp_out", "hook_resid_pre", "hook_resid_post", "hook_attn_out", "hook_resid_mid"]
GPT2 = ["ln1.hook_scale", "ln2.hook_scale", *ENDS, *(f"attn.{name}" for name in ATTENTION)]
BERT = [*GPT2, "ln1.hook_normalized", "ln2.hook_normalized", "hook_normalized_resid_post"]
T5 = [*GPT2, "ln1.hook_normalized", "ln2.hook_normalized"]
T5_DECODER = [
    *T5,
    "ln3.hook_scale",
    "ln3.hook_normalized",
    *(f"cross_attn.{name}" for name in ATTENTION),
    "hook_cross_attn_out",
    "hook_resid_mid_cross",
]
NAMES = {
    "gpt2": {"hook_embed", "hook_pos_embed", "ln_final.hook_scale"}
    | {f"blocks.{layer}.{name}" for layer in (0, 1) for name in GPT2},
    "bert": {f"embed.{name}" for name in ("hook_embed", "hook_pos_embed", "hook_token_type_embed")}
    | {"embed.ln.hook_scale", "embed.ln.hook_normalized", "hook_full_embed", "mlm_head.ln.hook_normalized"}
    | {f"blocks.{layer}.{name}" for layer in (0, 1) for name in BERT},
    "t5": {"hook_embed"}
    | {f"{stack}_final_ln.{name}" for stack in ("encoder", "decoder") for name in ("hook_scale", "hook_normalized")}
    | {f"encoder.{layer}.{name}" for layer in (0, 1) for name in T5}
    | {f"decoder.{layer}.{name}" for layer in (0, 1) for name in T5_DECODER},
}
NAMES["bert-attention"] = NAMES["bert"] - {"mlm_head.ln.hook_normalized"}


@pytest.mark.parametrize("name", NAMES)
def test_names_are_those_of_transformer_lens(name):
    assert set(transformer_lens_cache(zoo.run_of(name))) == NAMES[name]


@pytest.mark.parametrize("name", ["gpt-captions", "bert-captions"])
def test_a_pre_norm_bert_is_a_hooked_transformer_too(name):
    run = run_of(name, "A dog")
    layers = range(len(run.stack(run.entry.config.architecture).blocks))
    blocks = {f"blocks.{layer}.{each}" for layer in layers for each in GPT2}
    assert set(transformer_lens_cache(run)) == blocks | {"hook_embed", "hook_pos_embed", "ln_final.hook_scale"}


def test_shapes():
    run = zoo.run_of("gpt2")
    cache, n = transformer_lens_cache(run), len(run.tokens)
    assert n not in (3, 5, 7, 11, 13)  # heads, d_k, d_v, d_ff, d_model: no two axes can be mistaken for each other
    expected = {
        "hook_embed": (1, n, 13),
        "hook_pos_embed": (1, n, 13),
        "blocks.1.ln2.hook_scale": (1, n, 1),
        "blocks.1.attn.hook_q": (1, n, 3, 5),
        "blocks.1.attn.hook_k": (1, n, 3, 5),
        "blocks.1.attn.hook_v": (1, n, 3, 7),
        "blocks.1.attn.hook_z": (1, n, 3, 7),
        "blocks.1.attn.hook_attn_scores": (1, 3, n, n),
        "blocks.1.attn.hook_pattern": (1, 3, n, n),
        "blocks.1.mlp.hook_post": (1, n, 11),
        "blocks.1.hook_resid_post": (1, n, 13),
    }
    assert {name: cache[name].shape for name in expected} == expected
    assert {array.dtype for array in cache.values()} == {np.dtype("float32")}


@pytest.mark.parametrize("name", ["gpt2", "bert", "t5"])
def test_attention_is_made_of_its_parts(name):
    """Their pattern is the softmax of their scores, -inf and all; z is the pattern times v."""
    cache = transformer_lens_cache(zoo.run_of(name))
    layers = [key.removesuffix("hook_pattern") for key in cache if key.endswith("hook_pattern")]
    assert len(layers) == (6 if name == "t5" else 2)
    for layer in layers:
        scores, pattern = cache[f"{layer}hook_attn_scores"], cache[f"{layer}hook_pattern"]
        masked = (layer.startswith("decoder") and "cross" not in layer) or name == "gpt2"
        assert np.array_equal(np.isneginf(scores[0, 0]), np.triu(np.ones_like(scores[0, 0]), 1) * masked)
        softmax = torch.tensor(scores).softmax(-1).numpy()
        np.testing.assert_allclose(pattern, softmax, rtol=0, atol=1e-6)
        z = np.einsum("bhqk,bkhd->bqhd", pattern, cache[f"{layer}hook_v"])
        np.testing.assert_allclose(cache[f"{layer}hook_z"], z, rtol=0, atol=1e-5)


def test_scores_are_scaled_products():
    cache = transformer_lens_cache(zoo.run_of("gpt2"))
    q, k, scores = (cache[f"blocks.0.attn.hook_{name}"][0] for name in ("q", "k", "attn_scores"))
    assert scores[2, 6, 4] == pytest.approx(q[6, 2] @ k[4, 2] / 5**0.5, abs=1e-5)


@pytest.mark.parametrize("name", ["gpt2", "bert", "t5"])
def test_the_residual_stream_adds_up(name):
    cache = transformer_lens_cache(zoo.run_of(name))
    blocks = [key.removesuffix("hook_resid_pre") for key in cache if key.endswith("hook_resid_pre")]
    for block in blocks:
        get = lambda part, block=block: cache[f"{block}{part}"]  # noqa: E731
        np.testing.assert_allclose(get("hook_resid_pre") + get("hook_attn_out"), get("hook_resid_mid"), atol=1e-5)
        middle = get("hook_resid_mid")
        if f"{block}hook_cross_attn_out" in cache:
            middle = middle + get("hook_cross_attn_out")
            np.testing.assert_allclose(middle, get("hook_resid_mid_cross"), atol=1e-5)
        if name == "bert":  # the norm stands between
            middle = get("ln1.hook_normalized")
            np.testing.assert_array_equal(get("ln2.hook_normalized"), get("hook_normalized_resid_post"))
        np.testing.assert_allclose(middle + get("hook_mlp_out"), get("hook_resid_post"), atol=1e-5)


@pytest.mark.parametrize(("name", "block"), [("gpt2", "blocks.1"), ("bert", "blocks.1")])
def test_scale_is_what_torchs_layer_norm_divides_by(name, block):
    cache, config = transformer_lens_cache(zoo.run_of(name)), zoo.config_of(name)
    before = "hook_resid_pre" if name == "gpt2" else "hook_resid_mid"
    x = torch.tensor(cache[f"{block}.{before}"])
    output, _, one_over = torch.native_layer_norm(x, [13], None, None, config.norm_eps)
    np.testing.assert_allclose(cache[f"{block}.ln1.hook_scale"], 1 / one_over, rtol=1e-5)
    if name == "bert":
        norm = zoo.checkpoint_of("bert").model.encoder.blocks[1].attention_norm
        expected = (output * norm.weight + norm.bias).detach()
        np.testing.assert_allclose(cache[f"{block}.ln1.hook_normalized"], expected, rtol=0, atol=1e-5)


def test_an_rms_norms_gain_comes_after_its_name():
    run = zoo.run_of("t5")
    cache, model = transformer_lens_cache(run), zoo.checkpoint_of("t5").model
    gains = {
        "decoder.1.ln2": (model.decoder.blocks[1].cross_norm, run.trace.decoder.blocks[1].cross_input),
        "decoder.1.ln3": (model.decoder.blocks[1].ff_norm, run.trace.decoder.blocks[1].ff_input),
        "encoder_final_ln": (model.encoder.norm, run.trace.encoder.output),
    }
    for name, (norm, output) in gains.items():
        normalized = cache[f"{name}.hook_normalized"][0]
        np.testing.assert_allclose(np.square(normalized).mean(-1), 1, atol=1e-3)
        np.testing.assert_allclose(normalized * norm.weight.numpy(), output, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["marian", "bart"])
def test_what_transformer_lens_has_no_names_for(name):
    with pytest.raises(ValueError, match=f"no names for {name}, an encoder-decoder with a norm after each sublayer"):
        transformer_lens_cache(zoo.run_of(name))


def test_the_run_is_not_changed():
    run = run_of("gpt-captions", "A dog")
    before = run.trace.decoder.blocks[0].attention.scores.copy()
    for array in transformer_lens_cache(run).values():
        if array.flags.writeable:
            array[...] = 0
    np.testing.assert_array_equal(run.trace.decoder.blocks[0].attention.scores, before)
