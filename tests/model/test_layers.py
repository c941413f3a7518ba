"""Embeddings, position codes, norms, the feed-forward network, and the residuals of the blocks."""

from math import cos, sin, sqrt

import pytest
import torch
from torch import nn

from explorer.model.attention import causal_mask
from explorer.model.layers import (
    Block,
    CrossBlock,
    Embedding,
    FeedForward,
    RMSNorm,
    activate,
    make_norm,
    sinusoidal_code,
)
from tests.golden.random_models import VOCAB_SIZE, make_config, randomise

TOKENS = torch.tensor([[2, 3, 5, 7, 11], [13, 17, 2, 2, 3]])


def assert_close(actual, expected):
    torch.testing.assert_close(actual, torch.as_tensor(expected, dtype=actual.dtype), rtol=0, atol=1e-6)


def randomised(module):
    randomise(module)
    return module.eval()


def states(length, d_model=14, seed=0):
    return torch.randn(2, length, d_model, generator=torch.Generator().manual_seed(seed))


def test_the_two_readings_of_the_position_code():
    paper, board = sinusoidal_code(7, 4), sinusoidal_code(7, 4, "sinusoidal-board")
    assert_close(paper[3], [sin(3), cos(3), sin(3 / 100), cos(3 / 100)])
    assert_close(board[3], [sin(1), cos(1), sin(sqrt(3 / 10000)), cos(sqrt(3 / 10000))])


def test_under_the_board_s_reading_dimension_0_is_the_same_everywhere():
    board = sinusoidal_code(13, 6, "sinusoidal-board")
    assert_close(board[:, 0], [sin(1)] * 13)
    assert_close(board[:, 1], [cos(1)] * 13)
    assert sinusoidal_code(13, 6)[:, 0].unique().numel() == 13


def test_under_the_board_s_reading_no_wave_is_completed_within_10000_positions():
    board = sinusoidal_code(10000, 22, "sinusoidal-board")
    assert (board[:, 0::2] >= 0).all()  # every angle stays within 0 and 1
    assert (sinusoidal_code(10000, 22)[:, 0] < 0).any()


def test_an_unknown_reading_is_refused():
    with pytest.raises(ValueError, match="'rotary'"):
        sinusoidal_code(3, 4, "rotary")


@pytest.mark.parametrize("scale", [True, False])
def test_embedding_is_token_plus_position(scale):
    embedding = randomised(Embedding(make_config("encoder", d_model=14, embedding_scale=scale), VOCAB_SIZE))
    trace = embedding(TOKENS)
    row = embedding.token.weight[7] * (sqrt(14) if scale else 1)
    torch.testing.assert_close(trace.token_embedding[0, 3], row)
    torch.testing.assert_close(trace.output[0, 3], row + sinusoidal_code(5, 14)[3])
    assert torch.equal(trace.tokens, TOKENS)


@pytest.mark.parametrize("positions", ["sinusoidal", "learned"])
def test_embedding_continues_where_the_cache_ends(positions):
    embedding = randomised(Embedding(make_config("encoder", positions=positions), VOCAB_SIZE))
    assert torch.equal(embedding(TOKENS[:, 3:], offset=3).output, embedding(TOKENS).output[:, 3:])


@pytest.mark.parametrize(("offset", "total"), [(0, 5), (1, 6)])
def test_more_tokens_than_positions_are_refused_and_never_cut(offset, total):
    embedding = Embedding(make_config("encoder", max_len=4), VOCAB_SIZE)
    with pytest.raises(ValueError, match=f"{total} tokens.*max_len=4"):
        embedding(TOKENS, offset)


def test_exactly_max_len_tokens_fit():
    assert Embedding(make_config("encoder", max_len=5), VOCAB_SIZE)(TOKENS).output.shape == (2, 5, 14)


@pytest.mark.parametrize(("positions", "saved"), [("learned", True), ("sinusoidal", False), ("none", False)])
def test_only_learned_positions_are_saved(positions, saved):
    assert ("position" in Embedding(make_config("encoder", positions=positions), VOCAB_SIZE).state_dict()) == saved


def test_rms_norm_by_hand():
    norm = RMSNorm(2, eps=0.5)
    norm.weight.data = torch.tensor([2.0, 3.0])
    # mean of squares (1 + 6) / 2 = 3.5, plus 0.5 is 4: divide by 2
    assert_close(norm(torch.tensor([1.0, 6**0.5])).detach(), [1.0, 1.5 * 6**0.5])


def test_rms_norm_equals_torch_s():
    ours, theirs = randomised(RMSNorm(13, 1e-3)), nn.RMSNorm(13, 1e-3)
    theirs.load_state_dict(ours.state_dict())
    x = states(7, d_model=13)
    torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize(
    ("options", "kind", "parameters"),
    [
        ({"norm": "layer"}, nn.LayerNorm, {"weight", "bias"}),
        ({"norm": "layer", "norm_bias": False}, nn.LayerNorm, {"weight"}),
        ({"norm": "rms"}, RMSNorm, {"weight"}),
    ],
)
def test_the_norm_is_the_one_asked_for(options, kind, parameters):
    norm = make_norm(make_config("encoder", norm_eps=0.25, **options))
    assert isinstance(norm, kind) and norm.eps == 0.25
    assert set(norm.state_dict()) == parameters


def test_activations_by_their_formulas():
    x = torch.tensor([-2.0, -0.5, 0.0, 3.0])
    phi = (1 + torch.erf(x / sqrt(2))) / 2
    assert_close(activate(x, "relu"), [0.0, 0.0, 0.0, 3.0])
    assert_close(activate(x, "gelu"), x * phi)
    assert_close(activate(x, "gelu_tanh"), x / 2 * (1 + torch.tanh(0.7978845608 * (x + 0.044715 * x**3))))
    assert not torch.equal(activate(x, "gelu"), activate(x, "gelu_tanh"))


@torch.inference_mode()
def test_feed_forward_works_at_each_position_alone():
    ff = randomised(FeedForward(make_config("encoder")))
    x = states(7)
    together, alone = ff(x), ff(x[:, 4:5])
    assert together.hidden.shape == (2, 7, 11) and together.output.shape == (2, 7, 14)
    torch.testing.assert_close(together.output[:, 4:5], alone.output)


@pytest.mark.parametrize("norm_position", ["post", "pre"])
@torch.inference_mode()
def test_residuals_of_a_block(norm_position):
    block = randomised(Block(make_config("encoder", norm_position=norm_position)))
    x = states(7)
    trace = block(x, causal_mask(7, 7))
    assert torch.equal(trace.resid_pre, x)
    if norm_position == "post":
        assert torch.equal(trace.attention_input, x) and torch.equal(trace.ff_input, trace.resid_mid)
        torch.testing.assert_close(trace.resid_mid, block.attention_norm(x + trace.attention.output))
        torch.testing.assert_close(trace.resid_post, block.ff_norm(trace.resid_mid + trace.ff_output))
    else:
        torch.testing.assert_close(trace.attention_input, block.attention_norm(x))
        torch.testing.assert_close(trace.resid_mid, x + trace.attention.output)
        torch.testing.assert_close(trace.ff_input, block.ff_norm(trace.resid_mid))
        torch.testing.assert_close(trace.resid_post, trace.resid_mid + trace.ff_output)


@pytest.mark.parametrize("norm_position", ["post", "pre"])
@torch.inference_mode()
def test_residuals_of_a_cross_block(norm_position):
    block = randomised(CrossBlock(make_config("encoder-decoder", norm_position=norm_position)))
    x, memory = states(7), states(5, seed=1)
    trace = block(x, causal_mask(7, 7), memory, torch.ones(1, 1, 7, 5, dtype=torch.bool))
    if norm_position == "post":
        torch.testing.assert_close(trace.resid_cross, block.attention_norm(x + trace.attention.output))
        assert torch.equal(trace.cross_input, trace.resid_cross)
        torch.testing.assert_close(trace.resid_mid, block.cross_norm(trace.resid_cross + trace.cross_attention.output))
    else:
        torch.testing.assert_close(trace.resid_cross, x + trace.attention.output)
        torch.testing.assert_close(trace.cross_input, block.cross_norm(trace.resid_cross))
        torch.testing.assert_close(trace.resid_mid, trace.resid_cross + trace.cross_attention.output)
    k = block.cross_attention.w_k(memory).unflatten(-1, (3, 5)).transpose(1, 2)
    torch.testing.assert_close(trace.cross_attention.k, k)  # the memory is looked at as it is, without a norm
