"""The cache gives what the full forward pass gives, step by step."""

import pytest
import torch

from explorer.model.config import NORM_POSITIONS, POSITIONS
from explorer.model.decoding import encode, first_step, greedy_tokens, next_step
from tests.golden.random_models import make_config, random_transformer

LENGTH, BATCH = 17, 3
DECODERS = ("decoder", "encoder-decoder")


def build(architecture, **options):
    options = {"max_len": LENGTH, "n_decoder_layers": 3} | options
    config = make_config(architecture, **options)
    return random_transformer(config, seed=2)


def texts(model, length=LENGTH):
    """Random tokens, and for an encoder-decoder a source of which the later texts end in padding."""
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(19, (BATCH, length), generator=generator)
    if not model.config.has_cross_attention:
        return tokens, None, None
    source = torch.randint(19, (BATCH, 11), generator=generator)
    return tokens, source, torch.arange(11) < torch.tensor([[11], [7], [2]])


def worst_difference(model, pieces):
    """Read the tokens in pieces; the largest difference of any logit and any k or v from the full pass's."""
    tokens, source, source_mask = texts(model)
    full = model(tokens, source, source_mask=source_mask)
    memory = encode(model, source, source_mask) if source is not None else None
    step, start, logits = None, 0, []
    for piece in pieces:
        new = tokens[:, start : start + piece]
        step = next_step(model, new, step) if step else first_step(model, new, memory)
        logits.append(step.logits)
        start += piece
        # not only in the end: each step by itself is what a pass over the text so far gives
        so_far = model(tokens[:, :start], source, source_mask=source_mask).logits[:, start - piece :]
        assert (step.logits - so_far).abs().max() < 1e-5
    assert start == LENGTH
    for block, past in zip(full.decoder.blocks, step.past, strict=True):
        layers = [block.attention, block.cross_attention] if past.memory else [block.attention]
        for cache, layer in zip((past.own, past.memory), layers, strict=False):
            torch.testing.assert_close((cache.k, cache.v), (layer.k, layer.v), rtol=0, atol=1e-5)
    return float((torch.cat(logits, dim=1) - full.logits).abs().max())


@pytest.mark.parametrize("pieces", [[1] * LENGTH, [5, 1, 3, 7, 1], [LENGTH]], ids=["one by one", "several", "all"])
@pytest.mark.parametrize("norm_position", NORM_POSITIONS)
@pytest.mark.parametrize("positions", POSITIONS)
@pytest.mark.parametrize("architecture", DECODERS)
@torch.inference_mode()
def test_cache_equals_full_pass(architecture, positions, norm_position, pieces):
    model = build(architecture, positions=positions, norm_position=norm_position, final_norm=norm_position == "pre")
    assert worst_difference(model, pieces) < 1e-5


@torch.inference_mode()
def test_source_padding_is_as_if_it_were_not_there():
    model = build("encoder-decoder")
    tokens, source, source_mask = texts(model)
    padded = first_step(model, tokens, encode(model, source, source_mask)).logits[2]
    alone = first_step(model, tokens[2:], encode(model, source[2:, :2])).logits[0]
    wrong = first_step(model, tokens[2:], encode(model, source[2:])).logits[0]
    assert (padded - alone).abs().max() < 1e-5
    assert (wrong - alone).abs().max() > 1e-2


@torch.inference_mode()
def greedy_without_cache(model, prefix, end, max_new, source):
    written = []
    while len(written) < max_new and end not in written:
        source_ids = None if source is None else torch.tensor([source])
        logits = model(torch.tensor([[*prefix, *written]]), source_ids).logits
        written.append(int(logits[0, -1].argmax()))
    return written


@pytest.mark.parametrize("architecture", DECODERS)
def test_greedy_writes_what_it_would_without_a_cache(architecture):
    model = build(architecture)
    source = [2, 3, 5, 7] if architecture == "encoder-decoder" else None
    prefix = [3, 1]
    written = list(greedy_tokens(model, prefix, -1, 13, source))
    assert len(written) == 13
    assert written == greedy_without_cache(model, prefix, -1, 13, source)
    end = written[5]
    until_end = list(greedy_tokens(model, prefix, end, 13, source))
    assert until_end == greedy_without_cache(model, prefix, end, 13, source)
    assert until_end[-1] == end
    assert until_end.count(end) == 1


def test_greedy_can_fill_every_position():
    model = build("decoder")
    assert len(list(greedy_tokens(model, [1, 2], -1, LENGTH - 1))) == LENGTH - 1
    with pytest.raises(ValueError, match=f"{LENGTH + 1} tokens.*max_len={LENGTH}"):
        list(greedy_tokens(model, [1, 2], -1, LENGTH + 1))
    assert list(greedy_tokens(model, [1, 2], -1, 0)) == []


def test_greedy_leaves_inference_mode_to_its_caller():
    tokens = greedy_tokens(build("decoder"), [1], -1, 5)
    next(tokens)
    assert not torch.is_inference_mode_enabled()
