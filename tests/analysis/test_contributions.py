"""What the parts of a model add to a logit: they sum to it, and each is what it would be alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import reference
from explorer.analysis.contributions import Measure, PassedNorm, contributions, decompose, logit_is_a_sum
from explorer.analysis.numbers.contributions import contribution, total
from explorer.model.config import TransformerConfig
from explorer.model.run import Run
from explorer.model.transformer import Transformer
from explorer.model.weights import NormWeights
from tests.analysis.stream_runs import CASES, run_model, stream_run, transformed_run
from tests.golden.random_models import as_arrays, make_config

MEASURES = (Measure(3), Measure(11, "mean"), Measure(7, "token", 13))


@pytest.mark.parametrize(("architecture", "option"), CASES)
def test_the_parts_sum_to_the_models_number(architecture, option):
    run, model = stream_run(architecture, option)
    for position in range(len(run.tokens)):
        for measure in MEASURES:
            found = contributions(run, model, position, measure)
            assert found.values.shape == (len(found.parts),)
            assert found.total == pytest.approx(found.model, abs=1e-4)
        z = run.trace.logits[position].astype(np.float64)
        assert [m.of(z) for m in MEASURES] == pytest.approx([z[3], z[11] - z.mean(), z[7] - z[13]])


@pytest.mark.parametrize(("architecture", "option"), CASES)
def test_every_part_is_there_once(architecture, option):
    run, model = stream_run(architecture, option)
    config, parts = run.entry.config, contributions(run, model, 0, MEASURES[0]).parts
    assert len({part.slug for part in parts}) == len({part.words for part in parts}) == len(parts)
    layers = config.n_decoder_layers or config.n_encoder_layers
    attentions = layers * (2 if config.has_cross_attention else 1)
    norms = (attentions + layers if config.norm_position == "post" else 0) + config.final_norm + config.embedding_norm
    names = [part.name for part in parts]
    expected = {
        "token": 1,
        "position": int(config.positions not in ("none", "relative")),
        "segment": int(config.n_segments > 0),
        "head": attentions * config.n_heads,
        "output bias": attentions * config.attention_bias,
        "ff": layers,
        "norm bias": norms * (config.norm_bias and config.norm == "layer"),
        "logit bias": int(config.output_bias),
    }
    assert {name: names.count(name) for name in expected} == expected
    assert len(names) == sum(expected.values())


@pytest.mark.parametrize(("architecture", "option"), CASES)
def test_a_head_is_what_the_logit_loses_without_its_columns_of_w_o(architecture, option):
    """In float64, by the reference: the deviations and what all others wrote stay as they were."""
    run, model = stream_run(architecture, option)
    found = contributions(run, model, 2, Measure(3))
    before = reference_logit(run, model, None)
    assert before == pytest.approx(found.model, abs=1e-4)
    for part, value in zip(found.parts, found.values, strict=True):
        if part.name == "head":
            without = reference_logit(run, model, (part.sublayer, part.layer, part.head))
            assert before - without == pytest.approx(value, abs=1e-5), part.words


def reference_logit(run: Run, model: Transformer, off: tuple[str, int, int] | None, i: int = 2, t: int = 3) -> float:
    """Logit t at position i, with the columns of W_O of one head (sublayer, layer, head) set to 0."""
    config, p = model.config, as_arrays(model)
    source = None if run.source is None else np.array(run.source.ids)
    trace = reference.forward(p, config, np.array(run.tokens.ids), source)
    top = "decoder" if config.has_decoder else "encoder"
    stack, post = getattr(trace, top), config.norm_position == "post"
    x = usual = stack.embedding.output[i]

    def frozen_norm(x: np.ndarray, usual: np.ndarray, name: str) -> np.ndarray:
        weights = reference.part(p, name)
        rms = config.norm == "rms"
        deviation = np.sqrt(((usual**2).mean() if rms else usual.var()) + config.norm_eps)
        return (x if rms else x - x.mean()) / deviation * weights["weight"] + weights.get("bias", 0.0)

    for n, block in enumerate(stack.blocks):
        states = {"attention": getattr(block, "resid_cross", block.resid_mid), "ff": block.resid_post}
        if config.has_cross_attention:
            states = {"attention": block.resid_cross, "cross": block.resid_mid, "ff": block.resid_post}
        for sublayer, state in states.items():
            name = f"{top}.blocks.{n}.{sublayer}"
            if sublayer == "ff":
                said = with_head_off = block.ff_output[i]
            else:
                attention = block.cross_attention if sublayer == "cross" else block.attention
                weights = reference.part(p, f"{name}_attention.w_o" if sublayer == "cross" else f"{name}.w_o")
                w_o, said = weights["weight"].copy(), attention.output[i]
                if off is not None and (sublayer, n) == off[:2]:
                    w_o[:, off[2] * config.d_v : (off[2] + 1) * config.d_v] = 0
                heads = reference.concatenate_heads(attention.heads)[i]
                with_head_off = reference.linear(heads, w_o, weights.get("bias"))
            x = x + with_head_off
            x, usual = (frozen_norm(x, usual + said, f"{name}_norm"), state[i]) if post else (x, state[i])
    if config.final_norm:
        x = frozen_norm(x, usual, f"{top}.norm")
    return float(reference.logits(x * (config.d_model**-0.5 if config.output_scale else 1), p, config)[t])


def test_by_hand():
    """One token, one layer, one head, d = 2; norms inside the sublayers only, so nothing is rescaled."""
    config = TransformerConfig(
        architecture="decoder", vocab_size=2, d_model=2, n_heads=1, d_k=1, d_v=1, d_ff=1, n_decoder_layers=1, max_len=3,
        norm_position="pre", norm="rms", norm_eps=1e-12, positions="none", embedding_scale=False, tied_embeddings=False,
    )  # fmt: skip
    model = Transformer(config).eval().requires_grad_(False)
    block = model.decoder.blocks[0]
    values = {
        model.decoder.embedding.token.weight: [[1, 1], [1, 1]],  # so x = (1, 1), whose root mean square is 1
        block.attention.w_v.weight: [[2, 0]],  # v = 2, and y = v: there is no other key
        block.attention.w_o.weight: [[1], [-1]],  # the head writes (2, -2)
        block.ff.w_1.weight: [[0, 0]],
        block.ff.w_1.bias: [1],  # hidden = 1
        block.ff.w_2.weight: [[0.5], [0.25]],
        block.ff.w_2.bias: [0, 1],  # the feed-forward writes (0.5, 1.25)
        model.unembedding.weight: [[1, 2], [1, 0]],
    }
    for parameter, numbers in values.items():
        parameter.copy_(torch.tensor(numbers, dtype=torch.float32))
    run, _ = run_model(model, n_tokens=1)
    found = contributions(run, model, 0, Measure(0))
    assert dict(zip([part.words for part in found.parts], found.values, strict=True)) == pytest.approx(
        {"token embedding": 3, "layer 1 attention head 1": -2, "layer 1 feed-forward": 3}
    )
    assert found.model == pytest.approx(4)
    against = contributions(run, model, 0, Measure(0, "token", 1))
    assert against.values == pytest.approx([2, -4, 2.5]) and against.model == pytest.approx(0.5)


def test_a_norm_by_hand():
    weights = NormWeights("layer", 1e-5, np.array([2.0, 4.0]), np.array([7.0, 7.0]))
    carried = PassedNorm(weights, 2.0).carry(np.array([[3.0, 1.0], [1.0, 1.0]]))
    assert carried.tolist() == [[1.0, -2.0], [0.0, 0.0]]
    rms = NormWeights("rms", 1e-5, np.array([2.0, 4.0]), None)
    assert PassedNorm(rms, 2.0).carry(np.array([[3.0, 1.0]])).tolist() == [[3.0, 2.0]]


@pytest.mark.parametrize(("architecture", "option"), CASES)
def test_every_part_is_proved_alone(architecture, option):
    run, model = stream_run(architecture, option)
    for measure in MEASURES:
        found = contributions(run, model, 4, measure)
        proofs = [contribution(run, model, found, n) for n in range(len(found.parts))]
        for proof, value in zip([*proofs, total(run, found)], [*found.values, found.model], strict=True):
            assert proof.agrees and proof.shown == value, proof.title
            assert max(map(len, proof.code.splitlines())) <= 42  # fits the panel


def test_logits_behind_a_nonlinear_layer_are_no_sum():
    run, model = transformed_run()
    with pytest.raises(ValueError, match="not linear"):
        contributions(run, model, 0, Measure(3))
    assert not logit_is_a_sum(model.config)
    assert not logit_is_a_sum(make_config("encoder", unembedding=False, tied_embeddings=False))
    assert logit_is_a_sum(stream_run("decoder", 8)[1].config)


def test_a_scaled_stream_ends_in_what_is_unembedded():
    run, model = stream_run("decoder", 8)
    stream = decompose(run, model, 3)
    assert stream.scale == pytest.approx(14**-0.5)
    np.testing.assert_allclose(stream.state, run.trace.unembedding_input[3], atol=1e-5)


def test_the_stream_ends_in_the_last_state():
    run, model = stream_run("encoder-decoder", 0)
    stream = decompose(run, model, 3)
    np.testing.assert_allclose(stream.state, run.trace.decoder.output[3], atol=1e-5)
    assert len(stream.norms) == 6 and stream.entered[0] == 0 and stream.entered[-1] == 6
