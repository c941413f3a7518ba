"""One block worked out on paper: 2 tokens, d = 2, 1 head, m = 4, l = 2.

The two tokens are the unit vectors, so q_i, k_i and v_i are simply column i of W_Q, W_K and W_V:

    x_1 = (1, 0)   q_1 = (2 ln 3, 0, 0, 0)   k_1 = (1, 0, 0, 0)   v_1 = (8, 0)
    x_2 = (0, 1)   q_2 = (0, 2 ln 4, 0, 0)   k_2 = (0, 1, 0, 0)   v_2 = (0, 20)

    scores, times 1/sqrt(4) = 1/2:    ln 3     0         exp:   3   1       weights:   3/4  1/4
                                      0        ln 4             1   4                  1/5  4/5

    heads:   y_1 = 3/4 v_1 + 1/4 v_2 = (6, 5)               y_2 = 1/5 v_1 + 4/5 v_2 = (1.6, 16)
    output:  W_O = (2 0; 1 1) gives     (12, 11)                                      (3.2, 17.6)
    x + output                          (13, 11)                                      (3.2, 18.6)
    two numbers, centred and divided by their deviation, are always 1 and -1:
             normalised                 (1, -1)                                       (-1, 1)
             gain (2, 3), bias (0, 1)   (2, -2)                                       (-2, 4)
    feed-forward: W_1 = (1 0; 0 1; 1 1), b_1 = (0, 0, 1), W_2 = (1 0 1; 0 1 -1), b_2 = (0, 1):
             W_1 x + b_1                (2, -2, 1)                                    (-2, 4, 3)
             max(0, .)                  (2, 0, 1)                                     (0, 4, 3)
             W_2 . + b_2                (2+1, 0-1+1) = (3, 0)                         (0+3, 4-3+1) = (3, 2)
             added                      (5, -2)                                       (1, 6)
             normalised                 (1, -1)                                       (-1, 1)

With the causal mask the first token sees only itself: weights (1, 0), y_1 = v_1 = (8, 0), output (16, 8).
"""

from math import log

import numpy as np
import pytest
import torch

from explorer import reference
from explorer.model.config import TransformerConfig
from explorer.model.layers import Block
from explorer.model.trace import to_numpy

CONFIG = TransformerConfig(
    "encoder", vocab_size=2, d_model=2, n_heads=1, d_k=4, d_v=2, d_ff=3, n_encoder_layers=1, norm_eps=1e-12
)
X = np.eye(2)
PARAMETERS = {
    "attention.w_q.weight": np.array([[2 * log(3), 0], [0, 2 * log(4)], [0, 0], [0, 0]]),
    "attention.w_k.weight": np.array([[1, 0], [0, 1], [0, 0], [0, 0]]),
    "attention.w_v.weight": np.array([[8, 0], [0, 20]]),
    "attention.w_o.weight": np.array([[2, 0], [1, 1]]),
    "attention_norm.weight": np.array([2, 3]),
    "attention_norm.bias": np.array([0, 1]),
    "ff.w_1.weight": np.array([[1, 0], [0, 1], [1, 1]]),
    "ff.w_1.bias": np.array([0, 0, 1]),
    "ff.w_2.weight": np.array([[1, 0, 1], [0, 1, -1]]),
    "ff.w_2.bias": np.array([0, 1]),
    "ff_norm.weight": np.array([1, 1]),
    "ff_norm.bias": np.array([0, 0]),
}
EVERYWHERE = np.ones((2, 2), dtype=bool)
CAUSAL = np.array([[True, False], [True, True]])


@torch.inference_mode()
def run_model(mask):
    block = Block(CONFIG)
    block.load_state_dict({name: torch.tensor(value, dtype=torch.float32) for name, value in PARAMETERS.items()})
    return to_numpy(block(torch.tensor(X, dtype=torch.float32)[None], torch.tensor(mask)[None, None]))


def run_reference(mask):
    return reference.block(X, mask, PARAMETERS, CONFIG)


both = pytest.mark.parametrize("run", [run_model, run_reference], ids=["model", "reference"])


def assert_equal(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5)


@both
def test_a_block_by_hand(run):
    trace = run(EVERYWHERE)
    attention = trace.attention
    assert attention.scale == 0.5
    assert_equal(attention.q, [[[2 * log(3), 0, 0, 0], [0, 2 * log(4), 0, 0]]])
    assert_equal(attention.scores, [[[log(3), 0], [0, log(4)]]])
    assert_equal(attention.weights, [[[3 / 4, 1 / 4], [1 / 5, 4 / 5]]])
    assert_equal(attention.heads, [[[6, 5], [1.6, 16]]])
    assert_equal(attention.output, [[12, 11], [3.2, 17.6]])
    assert_equal(trace.resid_mid, [[2, -2], [-2, 4]])
    assert_equal(trace.ff_hidden, [[2, 0, 1], [0, 4, 3]])
    assert_equal(trace.ff_output, [[3, 0], [3, 2]])
    assert_equal(trace.resid_post, [[1, -1], [-1, 1]])


@both
def test_the_causal_mask_by_hand(run):
    attention = run(CAUSAL).attention
    assert_equal(attention.scores, [[[log(3), 0], [0, log(4)]]])  # before the mask: unchanged
    assert_equal(attention.weights, [[[1, 0], [1 / 5, 4 / 5]]])
    assert_equal(attention.heads, [[[8, 0], [1.6, 16]]])
    assert_equal(attention.output, [[16, 8], [3.2, 17.6]])
