"""Without the causal mask a decoder computes what the reference computes without it, and the future leaks in."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import reference
from explorer.model.changed import changed
from explorer.model.intervention import NO_MASK
from explorer.model.trace import to_numpy
from tests.golden.random_models import as_arrays, assert_same, make_config, random_inputs, random_transformer

MODELS = {
    "encoder-decoder": ("encoder-decoder", {}),
    "bottleneck": ("encoder-decoder", {"bottleneck": True, "source_vocab_size": 23}),
    "decoder": ("decoder", {"positions": "learned", "norm_position": "pre", "final_norm": True}),
}


def build(kind):
    architecture, options = MODELS[kind]
    config = make_config(architecture, **options)
    return random_transformer(config), random_inputs(config)


@pytest.mark.parametrize("kind", MODELS)
@torch.inference_mode()
def test_every_field_equals_the_reference(kind):
    """Padding stays invisible."""
    model, inputs = build(kind)
    trace, parameters = changed(model, NO_MASK)(**inputs), as_arrays(model)
    for n in range(2):
        one_text = {name: value[n].numpy() for name, value in inputs.items()}
        expected = reference.forward(parameters, model.config, **one_text, causal=False)
        assert_same(to_numpy(trace, n), expected, atol=1e-5)
    mask = trace.decoder.blocks[0].attention.mask
    assert torch.equal(mask.expand(2, 1, 7, 7), inputs["tokens_mask"][:, None, None].expand(2, 1, 7, 7))


@pytest.mark.parametrize("kind", MODELS)
@torch.inference_mode()
def test_the_future_leaks_into_every_position_before_it(kind):
    model, inputs = build(kind)
    inputs = {name: value[:1] for name, value in inputs.items()}
    other = inputs | {"tokens": inputs["tokens"].clone()}
    other["tokens"][:, -1] = (other["tokens"][:, -1] + 1) % model.config.vocab_size
    for machine, leaks in ((model, False), (changed(model, NO_MASK), True)):
        before, after = (machine(**each).logits[0, :-1] for each in (inputs, other))
        assert bool(((before - after).abs().amax(-1) > 1e-3).all()) == leaks
        assert torch.equal(before, after) != leaks


@pytest.mark.parametrize("kind", MODELS)
@torch.inference_mode()
def test_with_one_block_the_last_position_has_nothing_to_leak(kind):
    """Nothing comes after the last position: with one block the mask makes no difference there."""
    architecture, options = MODELS[kind]
    model = random_transformer(make_config(architecture, n_decoder_layers=1, **options))
    inputs = {name: value[:1] for name, value in random_inputs(model.config).items()}
    masked, open_ = (machine(**inputs).logits[0] for machine in (model, changed(model, NO_MASK)))
    torch.testing.assert_close(masked[-1], open_[-1], rtol=0, atol=1e-6)
    assert (masked[:-1] - open_[:-1]).abs().amax(-1).min() > 1e-3


@torch.inference_mode()
def test_an_encoder_has_no_causal_mask_to_take_away():
    config = make_config("encoder")
    model, inputs = random_transformer(config), random_inputs(config)
    assert torch.equal(changed(model, NO_MASK)(**inputs).logits, model(**inputs).logits)
    one_text = {name: value[0].numpy() for name, value in inputs.items()}
    same = (reference.forward(as_arrays(model), config, **one_text, causal=causal).logits for causal in (True, False))
    np.testing.assert_array_equal(*same)
