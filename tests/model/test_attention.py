"""Multi-head attention: its shapes, whose weights are whose, its masks and its cache."""

import pytest
import torch

from explorer.model.attention import MultiHeadAttention, causal_mask
from tests.golden.random_models import make_config, randomise

N_HEADS, D_MODEL, D_K, D_V = 3, 14, 5, 7
N_BATCH, N_QUERIES, N_KEYS = 2, 11, 13


@pytest.fixture
def attention():
    config = make_config("encoder", n_heads=N_HEADS, d_model=D_MODEL, d_k=D_K, d_v=D_V, attention_bias=True)
    module = MultiHeadAttention(config).eval()
    randomise(module)
    return module


def states(length, seed=0):
    return torch.randn(N_BATCH, length, D_MODEL, generator=torch.Generator().manual_seed(seed))


def everywhere(n_queries, n_keys):
    return torch.ones(1, 1, n_queries, n_keys, dtype=torch.bool)


@torch.inference_mode()
def test_shapes_read_batch_head_query_key(attention):
    trace = attention(states(N_QUERIES), states(N_KEYS, seed=1), everywhere(N_QUERIES, N_KEYS))
    assert trace.q.shape == (N_BATCH, N_HEADS, N_QUERIES, D_K)
    assert trace.k.shape == (N_BATCH, N_HEADS, N_KEYS, D_K)
    assert trace.v.shape == (N_BATCH, N_HEADS, N_KEYS, D_V)
    assert trace.scores.shape == trace.weights.shape == (N_BATCH, N_HEADS, N_QUERIES, N_KEYS)
    assert trace.heads.shape == (N_BATCH, N_HEADS, N_QUERIES, D_V)
    assert trace.output.shape == (N_BATCH, N_QUERIES, D_MODEL)


@torch.inference_mode()
def test_rows_of_w_q_and_columns_of_w_o_belong_to_one_head(attention):
    x = states(N_QUERIES)
    trace = attention(x, x, everywhere(N_QUERIES, N_QUERIES))
    output = attention.w_o.bias.clone()
    for h in range(N_HEADS):
        for w, size, result in (
            (attention.w_q, D_K, trace.q),
            (attention.w_k, D_K, trace.k),
            (attention.w_v, D_V, trace.v),
        ):
            rows = slice(h * size, (h + 1) * size)
            torch.testing.assert_close(x[1, 4] @ w.weight[rows].T + w.bias[rows], result[1, h, 4])
        output += attention.w_o.weight[:, h * D_V : (h + 1) * D_V] @ trace.heads[1, h, 4]
    torch.testing.assert_close(output, trace.output[1, 4])


@torch.inference_mode()
def test_scores_are_before_the_mask_and_weights_after_it(attention):
    x, mask = states(N_QUERIES), causal_mask(N_QUERIES, N_QUERIES)
    free, masked = attention(x, x, everywhere(N_QUERIES, N_QUERIES)), attention(x, x, mask)
    assert torch.equal(free.scores, masked.scores)
    after = ~mask.expand_as(masked.weights)
    assert (masked.weights[after] == 0).all() and (free.weights[after] > 0).all()


@torch.inference_mode()
def test_what_is_masked_is_exactly_zero_however_large_the_scores_are(attention):
    x, mask = 10_000 * states(N_QUERIES), causal_mask(N_QUERIES, N_QUERIES)
    trace = attention(x, x, mask)
    assert trace.scores[:, :, 0, 0].min() < -1e6  # far below any "very negative" number that could stand for masked
    assert (trace.weights[~mask.expand_as(trace.weights)] == 0).all()


@torch.inference_mode()
def test_the_mask_of_one_text_does_not_touch_the_other(attention):
    x, mask = states(N_QUERIES), everywhere(N_QUERIES, N_QUERIES).expand(N_BATCH, -1, -1, -1).clone()
    mask[1, :, :, 3:] = False
    free, masked = attention(x, x, everywhere(N_QUERIES, N_QUERIES)), attention(x, x, mask)
    assert torch.equal(free.weights[0], masked.weights[0])
    assert (masked.weights[1, :, :, 3:] == 0).all()


def test_causal_mask():
    yes, no = True, False
    assert causal_mask(3, 3)[0, 0].tolist() == [[yes, no, no], [yes, yes, no], [yes, yes, yes]]
    assert causal_mask(2, 5)[0, 0].tolist() == [[yes, yes, yes, yes, no], [yes, yes, yes, yes, yes]]


def test_weights_are_shown_before_dropout():
    """Rows sum to 1 even while training: no weight on screen is ever above 1 because of dropout."""
    module = MultiHeadAttention(make_config("encoder", d_model=D_MODEL, attention_dropout=0.5)).train()
    x = states(N_QUERIES)
    trace = module(x, x, everywhere(N_QUERIES, N_QUERIES))
    torch.testing.assert_close(trace.weights.sum(-1), torch.ones(N_BATCH, N_HEADS, N_QUERIES))
    assert not torch.allclose(trace.heads, trace.weights @ trace.v)  # what the heads read was thinned out


@torch.inference_mode()
def test_nothing_is_left_on_the_module(attention):
    before = {name: set(vars(part)) for name, part in attention.named_modules()}
    x = states(N_QUERIES)
    attention(x, x, everywhere(N_QUERIES, N_QUERIES))
    assert {name: set(vars(part)) for name, part in attention.named_modules()} == before
    assert not list(attention.buffers())
