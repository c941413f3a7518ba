"""What must hold for every model, whatever its numbers."""

from dataclasses import fields, is_dataclass

import pytest
import torch

from explorer.model.trace import AttentionTrace
from tests.golden.random_models import ARCHITECTURES, make_config, random_inputs, random_transformer

PERMUTATION = torch.tensor([3, 0, 6, 1, 5, 2, 4])


def attentions(trace):
    """Every attention layer of a trace."""
    if isinstance(trace, AttentionTrace):
        return [trace]
    parts = trace if isinstance(trace, tuple) else ()
    if is_dataclass(trace):
        parts = [getattr(trace, field.name) for field in fields(trace)]
    return [attention for part in parts for attention in attentions(part)]


@pytest.mark.parametrize(("architecture", "n_attentions"), [("encoder-decoder", 6), ("decoder", 2), ("encoder", 2)])
@torch.inference_mode()
def test_rows_sum_to_one_and_masked_weights_are_exactly_zero(architecture, n_attentions):
    config = make_config(architecture)
    found = attentions(random_transformer(config)(**random_inputs(config)))
    assert len(found) == n_attentions
    for attention in found:
        torch.testing.assert_close(attention.weights.sum(-1), torch.ones(attention.weights.shape[:-1]))
        mask = attention.mask.expand_as(attention.weights)
        assert not mask.all() and mask.any()
        assert torch.equal(attention.weights[~mask], torch.zeros(int((~mask).sum())))
        assert (attention.weights[mask] > 0).all()


@torch.inference_mode()
def test_no_position_of_a_decoder_sees_what_follows():
    config = make_config("decoder")
    model, tokens = random_transformer(config), random_inputs(config)["tokens"]
    changed = tokens.clone()
    changed[:, 4] = (changed[:, 4] + 1) % config.vocab_size
    before, after = model(tokens).logits, model(changed).logits
    torch.testing.assert_close(before[:, :4], after[:, :4], rtol=0, atol=0)
    assert ((before - after)[:, 4:].abs().amax(-1) > 1e-3).all()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@torch.inference_mode()
def test_padding_changes_nothing_for_real_positions(architecture):
    config = make_config(architecture)
    model, inputs = random_transformer(config), random_inputs(config)
    n_real = int(inputs["tokens_mask"][1].sum())
    alone = {
        name: value[1:, : int(inputs[f"{name.removesuffix('_mask')}_mask"][1].sum())] for name, value in inputs.items()
    }
    torch.testing.assert_close(model(**alone).logits[0], model(**inputs).logits[1, :n_real], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("positions", "is_blind_to_order"), [("none", True), ("sinusoidal", False), ("learned", False)]
)
@torch.inference_mode()
def test_without_positions_permuting_the_input_permutes_the_output(positions, is_blind_to_order):
    config = make_config("encoder", positions=positions)
    model, tokens = random_transformer(config), random_inputs(config)["tokens"]
    straight, permuted = model(tokens).encoder, model(tokens[:, PERMUTATION]).encoder
    same = torch.allclose(permuted.output, straight.output[:, PERMUTATION], rtol=0, atol=1e-5)
    assert same == is_blind_to_order
    if is_blind_to_order:
        weights = straight.blocks[1].attention.weights[..., PERMUTATION, :][..., PERMUTATION]
        torch.testing.assert_close(permuted.blocks[1].attention.weights, weights, rtol=0, atol=1e-5)
