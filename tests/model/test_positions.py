"""A model with other positions: the same weights, another code, and the shared model untouched."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer import reference
from explorer.model.config import POSITIONS
from explorer.model.positions import checkpoint_with_positions, position_codes, token_rows, with_positions
from explorer.model.trace import allclose, to_numpy
from tests.bundled import TELLING_MODELS, checkpoint_of
from tests.golden.random_models import ARCHITECTURES, make_config, random_inputs, random_transformer


def run(model, inputs):
    with torch.inference_mode():
        return model(**inputs)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("own", POSITIONS)
def test_its_own_positions_give_the_same_bits(architecture, own):
    config = make_config(architecture, positions=own)
    model, inputs = random_transformer(config), random_inputs(config)
    assert allclose(run(with_positions(model, own), inputs), run(model, inputs), atol=0)


@pytest.mark.parametrize("name", TELLING_MODELS)
def test_a_bundled_models_own_positions_give_the_same_bits(name):
    model = checkpoint_of(name).model
    other = with_positions(model, model.config.positions)
    ids = torch.tensor([[1, 2, 3]])
    source = ids if model.config.has_cross_attention else None
    with torch.inference_mode():
        assert allclose(other(ids, source), model(ids, source), atol=0)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("own", ["learned", "sinusoidal"])
@pytest.mark.parametrize("wanted", ["none", "sinusoidal", "sinusoidal-board"])
def test_replaced_positions_are_those_of_the_reference(architecture, own, wanted):
    config = make_config(architecture, positions=own)
    model, inputs = random_transformer(config), random_inputs(config)
    trace = to_numpy(run(with_positions(model, wanted), inputs))
    parameters = {name: value.double().numpy() for name, value in model.state_dict().items()}
    source = inputs["source"][0].numpy() if "source" in inputs else None
    expected = reference.forward(parameters, replace(config, positions=wanted), inputs["tokens"][0].numpy(), source)
    np.testing.assert_allclose(trace.logits, expected.logits, rtol=0, atol=1e-5)


def test_the_base_is_the_one_that_was_asked_for():
    model = random_transformer(make_config("decoder", positions="none"))
    code = position_codes(with_positions(model, "sinusoidal", base=7.0), "decoder")
    np.testing.assert_allclose(code, reference.sinusoidal_code(13, 14, "sinusoidal", 7.0), atol=1e-6)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_parameter_is_shared_and_none_is_copied(architecture):
    model = random_transformer(make_config(architecture, positions="learned", d_model=14))
    other = with_positions(model, "none")
    mine = {name: p for name, p in model.named_parameters(remove_duplicate=False) if not name.endswith(".position")}
    theirs = dict(other.named_parameters(remove_duplicate=False))
    assert theirs.keys() == mine.keys()
    assert all(theirs[name] is mine[name] for name in mine)
    assert not any(each.is_meta for each in (*other.parameters(), *other.buffers()))
    learned = sum(p.numel() for name, p in model.named_parameters() if name.endswith(".position"))
    assert learned > 0 and other.n_parameters() == model.n_parameters() - learned


def test_nothing_is_drawn_and_the_shared_model_stays_as_it_was():
    model = random_transformer(make_config("encoder", positions="learned"))
    model.requires_grad_(True)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.random.get_rng_state()
    other = with_positions(model, "sinusoidal")
    assert torch.equal(torch.random.get_rng_state(), state)
    assert model.config.positions == "learned" and other.config.positions == "sinusoidal"
    assert all(p.requires_grad for p in model.parameters()) and not model.training and not other.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_threads_that_replace_positions_never_reach_the_shared_model():
    config = make_config("encoder-decoder", positions="learned", n_encoder_layers=1, n_decoder_layers=1)
    model, inputs = random_transformer(config), random_inputs(config)
    kinds = [positions for positions in POSITIONS if positions != "relative"]
    alone = {positions: run(with_positions(model, positions), inputs).logits for positions in kinds}
    together = threading.Barrier(2)

    def session(thread: int) -> int:
        together.wait()
        wrong = 0
        for n in range(60):
            positions = kinds[(n + thread) % len(kinds)]
            used = model if positions == "learned" else with_positions(model, positions)
            wrong += not torch.equal(run(used, inputs).logits, alone[positions])
        return wrong

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(session, range(2))) == [0, 0]


def test_what_cannot_be_is_refused():
    model = random_transformer(make_config("decoder", positions="sinusoidal"))
    with pytest.raises(ValueError, match="no learned position codes: its positions are 'sinusoidal'"):
        with_positions(model, "learned")
    with pytest.raises(ValueError, match="d_model=13 must be even"):
        with_positions(random_transformer(make_config("decoder", positions="none", d_model=13)), "sinusoidal")
    with pytest.raises(ValueError, match="positions must be one of"):
        with_positions(model, "rotary")


def test_the_checkpoint_says_which_positions_it_has():
    checkpoint = checkpoint_of(TELLING_MODELS[0])
    other = checkpoint_with_positions(checkpoint, "none")
    assert other.entry.config.positions == other.model.config.positions == "none"
    assert other.tokenizer is checkpoint.tokenizer and checkpoint.entry.config.positions != "none"


def test_rows_and_codes_are_the_models_own_and_cannot_be_written_to():
    model = random_transformer(make_config("encoder-decoder", source_vocab_size=11, positions="learned"))
    rows = token_rows(model, "encoder", (3, 3, 7))
    np.testing.assert_array_equal(rows, model.encoder.embedding.token.weight.detach()[[3, 3, 7]])
    code = position_codes(model, "decoder")
    np.testing.assert_array_equal(code, model.decoder.embedding.position.detach())
    for array in (rows, code):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1
