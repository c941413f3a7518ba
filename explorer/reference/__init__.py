"""The whole forward pass a second time, in plain NumPy, from the formulas alone.

This package shares no line with explorer/model and knows no torch. It is what the tests hold the model against, and
what the pages show and run as "the NumPy behind this picture". One function is one formula. Each works on one text:

    states     x               [position, d_model]
    one head   q, k, v         [position, d_k] or, for v, [position, d_v]
               scores, weights [query, key]; rows are queries, columns are keys
    all heads  the same with a head axis in front: [head, query, key]

The formulas of one head also take a single row: ``scaled_scores(q[i], k[j], scale)`` is one number. Results have the
precision of what comes in: float64 parameters are computed in float64. ``p`` stands for the parameters of one part,
by the names that the part has in the model's ``state_dict()``.

"The paper" is Vaswani et al. 2017, "Attention Is All You Need".
"""

from explorer.reference.attention import (
    attention_weights,
    causal_mask,
    concatenate_heads,
    linear,
    multi_head_attention,
    relative_bias,
    relative_buckets,
    scaled_scores,
    softmax,
    split_heads,
    weighted_values,
)
from explorer.reference.changes import AttentionChange, Changes
from explorer.reference.layers import (
    ACTIVATIONS,
    embed,
    feed_forward,
    gelu,
    gelu_tanh,
    layer_norm,
    norm,
    quick_gelu,
    relu,
    rms_norm,
    sigmoid,
    silu,
    sinusoidal_code,
)
from explorer.reference.model import block, cross_block, decoder, encoder, forward, logits, one_vector, part, transform

__all__ = [
    "ACTIVATIONS",
    "AttentionChange",
    "Changes",
    "attention_weights",
    "block",
    "causal_mask",
    "concatenate_heads",
    "cross_block",
    "decoder",
    "embed",
    "encoder",
    "feed_forward",
    "forward",
    "gelu",
    "gelu_tanh",
    "layer_norm",
    "linear",
    "logits",
    "multi_head_attention",
    "norm",
    "one_vector",
    "part",
    "quick_gelu",
    "relative_bias",
    "relative_buckets",
    "relu",
    "rms_norm",
    "scaled_scores",
    "sigmoid",
    "silu",
    "sinusoidal_code",
    "softmax",
    "split_heads",
    "transform",
    "weighted_values",
]
