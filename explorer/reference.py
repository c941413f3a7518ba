"""The whole forward pass a second time, in plain NumPy, from the formulas alone.

This file shares no line with explorer/model and knows no torch. It is what the tests hold the model against, and what
the pages show and run as "the NumPy behind this picture". One function is one formula. Each works on one text:

    states     x               [position, d_model]
    one head   q, k, v         [position, d_k] or, for v, [position, d_v]
               scores, weights [query, key]; rows are queries, columns are keys
    all heads  the same with a head axis in front: [head, query, key]

The formulas of one head also take a single row: ``scaled_scores(q[i], k[j], scale)`` is one number. Results have the
precision of what comes in: float64 parameters are computed in float64. ``p`` stands for the parameters of one part,
by the names that the part has in the model's ``state_dict()``.

"The paper" is Vaswani et al. 2017, "Attention Is All You Need".
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np

from explorer.model.config import TransformerConfig

Parameters = dict[str, np.ndarray]


# Attention: one head


def linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """W x + b for every row x; row i of W makes number i of the result. So linear(x, W_Q) is the board's q = W_Q x."""
    return x @ weight.T if bias is None else x @ weight.T + bias


def scaled_scores(q: np.ndarray, k: np.ndarray, scale: float) -> np.ndarray:
    """Relevance: score_ij = q_i . k_j * scale, with scale = 1 / sqrt(d_k) (paper, equation 1)."""
    return q @ k.T * scale


def softmax(scores: np.ndarray) -> np.ndarray:
    """exp(s_j) / sum_j exp(s_j) along each row. Subtracting the largest changes nothing but keeps exp finite."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def attention_weights(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """softmax_j(score_ij) over the keys that query i may look at; where the mask is False the weight is exactly 0."""
    return softmax(np.where(mask, scores, -np.inf))


def weighted_values(weights: np.ndarray, v: np.ndarray) -> np.ndarray:
    """y_i = sum_j weight_ij v_j, the last step of equation 1."""
    return weights @ v


def causal_mask(n_positions: int) -> np.ndarray:
    """[query, key], True where j <= i: no position sees what comes after it (paper, section 3.2.3)."""
    return np.arange(n_positions)[None, :] <= np.arange(n_positions)[:, None]


# Attention: all heads


def split_heads(x: np.ndarray, n_heads: int) -> np.ndarray:
    """[position, n_heads * size] -> [head, position, size]: the first ``size`` columns are head 0's, and so on."""
    return np.stack(np.split(x, n_heads, axis=-1))


def concatenate_heads(heads: np.ndarray) -> np.ndarray:
    """[head, position, d_v] -> [position, n_heads * d_v]: the heads' results side by side."""
    return np.concatenate(list(heads), axis=-1)


def multi_head_attention(
    x: np.ndarray, context: np.ndarray, mask: np.ndarray, p: Parameters, config: TransformerConfig
) -> SimpleNamespace:
    """W_O [y of head 1; ...; y of head s], where every head asks with x and looks at context (paper, section 3.2.2)."""
    scale = 1 / math.sqrt(config.d_k) if config.scale_scores else 1.0
    q = split_heads(linear(x, p["w_q.weight"], p.get("w_q.bias")), config.n_heads)
    k = split_heads(linear(context, p["w_k.weight"], p.get("w_k.bias")), config.n_heads)
    v = split_heads(linear(context, p["w_v.weight"], p.get("w_v.bias")), config.n_heads)
    scores = np.stack([scaled_scores(q[h], k[h], scale) for h in range(config.n_heads)])
    weights = np.stack([attention_weights(scores[h], mask) for h in range(config.n_heads)])
    heads = np.stack([weighted_values(weights[h], v[h]) for h in range(config.n_heads)])
    output = linear(concatenate_heads(heads), p["w_o.weight"], p.get("w_o.bias"))
    return SimpleNamespace(
        q=q, k=k, v=v, scale=scale, scores=scores, mask=mask[None], weights=weights, heads=heads, output=output
    )


# Norms


def layer_norm(x: np.ndarray, gain: np.ndarray, bias: np.ndarray | None, eps: float) -> np.ndarray:
    """(x - mean) / sqrt(variance + eps) * gain + bias, over the numbers of each position (Ba et al. 2016)."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred**2).mean(axis=-1, keepdims=True)
    normalised = centred / np.sqrt(variance + eps) * gain
    return normalised if bias is None else normalised + bias


def rms_norm(x: np.ndarray, gain: np.ndarray, eps: float) -> np.ndarray:
    """x / sqrt(mean(x^2) + eps) * gain, over the numbers of each position (Zhang and Sennrich 2019)."""
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps) * gain


def norm(x: np.ndarray, p: Parameters, config: TransformerConfig) -> np.ndarray:
    """The norm that the model was built with."""
    if config.norm == "rms":
        return rms_norm(x, p["weight"], config.norm_eps)
    return layer_norm(x, p["weight"], p.get("bias"), config.norm_eps)


# Feed-forward


def relu(x: np.ndarray) -> np.ndarray:
    """max(0, x) (paper, equation 2)."""
    return np.maximum(x, 0)


def gelu(x: np.ndarray) -> np.ndarray:
    """x Phi(x), where Phi(x) = (1 + erf(x / sqrt(2))) / 2 is the share of a normal distribution below x
    (Hendrycks and Gimpel 2016)."""
    erf = np.vectorize(math.erf, otypes=[x.dtype])
    return x * (1 + erf(x / math.sqrt(2))) / 2


def gelu_tanh(x: np.ndarray) -> np.ndarray:
    """GELU with tanh in place of erf, as GPT-2 computes it (Hendrycks and Gimpel 2016, section 2)."""
    return x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2


ACTIVATIONS = {"relu": relu, "gelu": gelu, "gelu_tanh": gelu_tanh}


def feed_forward(x: np.ndarray, p: Parameters, config: TransformerConfig) -> tuple[np.ndarray, np.ndarray]:
    """hidden = f(W_1 x + b_1) and output = W_2 hidden + b_2, at each position alone (paper, equation 2)."""
    hidden = ACTIVATIONS[config.activation](linear(x, p["w_1.weight"], p.get("w_1.bias")))
    return hidden, linear(hidden, p["w_2.weight"], p.get("w_2.bias"))


# Blocks


def enter(x: np.ndarray, p: Parameters, config: TransformerConfig) -> np.ndarray:
    """What a sublayer reads: LN(x) in a pre-norm model, x itself in the paper's post-norm."""
    return norm(x, p, config) if config.norm_position == "pre" else x


def leave(x: np.ndarray, sublayer: np.ndarray, p: Parameters, config: TransformerConfig) -> np.ndarray:
    """The residual: x + sublayer in a pre-norm model, LN(x + sublayer) in the paper's post-norm (section 3.1)."""
    return x + sublayer if config.norm_position == "pre" else norm(x + sublayer, p, config)


def block(x: np.ndarray, mask: np.ndarray, p: Parameters, config: TransformerConfig) -> SimpleNamespace:
    """Self-attention, then feed-forward, each inside a residual (paper, Figure 1, left)."""
    attention_norm, ff_norm = part(p, "attention_norm"), part(p, "ff_norm")
    trace = SimpleNamespace(resid_pre=x)
    trace.attention_input = x = enter(trace.resid_pre, attention_norm, config)
    trace.attention = multi_head_attention(x, x, mask, part(p, "attention"), config)
    trace.resid_mid = leave(trace.resid_pre, trace.attention.output, attention_norm, config)
    trace.ff_input = enter(trace.resid_mid, ff_norm, config)
    trace.ff_hidden, trace.ff_output = feed_forward(trace.ff_input, part(p, "ff"), config)
    trace.resid_post = leave(trace.resid_mid, trace.ff_output, ff_norm, config)
    return trace


def cross_block(
    x: np.ndarray,
    mask: np.ndarray,
    memory: np.ndarray,
    memory_mask: np.ndarray,
    p: Parameters,
    config: TransformerConfig,
) -> SimpleNamespace:
    """Masked self-attention, attention over the encoder's output ``memory``, feed-forward (paper, Figure 1, right)."""
    attention_norm, cross_norm, ff_norm = part(p, "attention_norm"), part(p, "cross_norm"), part(p, "ff_norm")
    trace = SimpleNamespace(resid_pre=x)
    trace.attention_input = x = enter(trace.resid_pre, attention_norm, config)
    trace.attention = multi_head_attention(x, x, mask, part(p, "attention"), config)
    trace.resid_cross = leave(trace.resid_pre, trace.attention.output, attention_norm, config)
    trace.cross_input = x = enter(trace.resid_cross, cross_norm, config)
    trace.cross_attention = multi_head_attention(x, memory, memory_mask, part(p, "cross_attention"), config)
    trace.resid_mid = leave(trace.resid_cross, trace.cross_attention.output, cross_norm, config)
    trace.ff_input = enter(trace.resid_mid, ff_norm, config)
    trace.ff_hidden, trace.ff_output = feed_forward(trace.ff_input, part(p, "ff"), config)
    trace.resid_post = leave(trace.resid_mid, trace.ff_output, ff_norm, config)
    return trace


# From tokens to states


def sinusoidal_code(n_positions: int, d_model: int, reading: str = "sinusoidal", base: float = 10000.0) -> np.ndarray:
    """PE(pos, 2i) = sin(angle) and PE(pos, 2i+1) = cos(angle), [position, d_model].

    The paper's reading (section 3.5): angle = pos / base^(2i/d). The board's: angle = (pos / base)^(2i/d).
    """
    code = np.zeros((n_positions, d_model))
    for pos in range(n_positions):
        for two_i in range(0, d_model, 2):
            power = two_i / d_model
            angle = (pos / base) ** power if reading == "sinusoidal-board" else pos / base**power
            code[pos, two_i], code[pos, two_i + 1] = math.sin(angle), math.cos(angle)
    return code


def embed(tokens: np.ndarray, p: Parameters, config: TransformerConfig) -> SimpleNamespace:
    """x_i = row of token i, times sqrt(d_model) (paper, section 3.4), plus the code of position i (section 3.5)."""
    token_embedding = p["token.weight"][tokens] * (math.sqrt(config.d_model) if config.embedding_scale else 1.0)
    if config.positions == "learned":
        position_code = p["position"][: len(tokens)]
    elif config.positions == "none":
        position_code = np.zeros_like(token_embedding)
    else:
        position_code = sinusoidal_code(len(tokens), config.d_model, config.positions).astype(token_embedding.dtype)
    return SimpleNamespace(
        tokens=tokens,
        token_embedding=token_embedding,
        position_code=position_code,
        output=token_embedding + position_code,
    )


# Stacks, and the whole model


def encoder(tokens: np.ndarray, real: np.ndarray, p: Parameters, config: TransformerConfig) -> SimpleNamespace:
    """Every position looks at every position that is not padding (``real`` [position])."""
    mask = np.broadcast_to(real, (len(tokens), len(tokens)))
    embedding = embed(tokens, part(p, "embedding"), config)
    x, blocks = embedding.output, []
    for n in range(config.n_encoder_layers):
        blocks.append(block(x, mask, part(p, f"blocks.{n}"), config))
        x = blocks[-1].resid_post
    output = norm(x, part(p, "norm"), config) if config.final_norm else x
    return SimpleNamespace(embedding=embedding, blocks=tuple(blocks), output=output)


def decoder(
    tokens: np.ndarray,
    real: np.ndarray,
    p: Parameters,
    config: TransformerConfig,
    memory: np.ndarray | None = None,
    memory_real: np.ndarray | None = None,
    causal: bool = True,
) -> SimpleNamespace:
    """Every position looks at itself and those before it, and, if there is an encoder, at ``memory``.

    Without the causal mask it looks at those after it too, as no decoder was trained to.
    """
    mask = (causal_mask(len(tokens)) if causal else np.ones((len(tokens), len(tokens)), bool)) & real
    embedding = embed(tokens, part(p, "embedding"), config)
    x, blocks = embedding.output, []
    for n in range(config.n_decoder_layers):
        p_block = part(p, f"blocks.{n}")
        if memory is None:
            blocks.append(block(x, mask, p_block, config))
        else:
            memory_mask = np.broadcast_to(memory_real, (len(tokens), len(memory)))
            blocks.append(cross_block(x, mask, memory, memory_mask, p_block, config))
        x = blocks[-1].resid_post
    output = norm(x, part(p, "norm"), config) if config.final_norm else x
    return SimpleNamespace(embedding=embedding, blocks=tuple(blocks), output=output)


def one_vector(states: np.ndarray, real: np.ndarray) -> np.ndarray:
    """x̄ = 1/n sum_i state_i over the n real positions, [1, d_model]: all that a decoder behind a bottleneck sees."""
    return states[real].mean(axis=0, keepdims=True)


def forward(
    parameters: Parameters,
    config: TransformerConfig,
    tokens: np.ndarray,
    source: np.ndarray | None = None,
    tokens_mask: np.ndarray | None = None,
    source_mask: np.ndarray | None = None,
    causal: bool = True,
) -> SimpleNamespace:
    """The whole model on one text: everything it computes, under the names of explorer/model/trace.py.

    Parameters
    ----------
    parameters : dict of arrays
        The model's ``state_dict()`` as arrays.
    tokens, source : int [position]
        The ids that the model reads; ``source`` is the encoder's text of an encoder-decoder.
    tokens_mask, source_mask : bool [position]
        False where a position is padding; by default none is.
    causal : bool
        False lets a decoder look ahead.
    """
    tokens = np.asarray(tokens)
    real = np.ones(len(tokens), bool) if tokens_mask is None else np.asarray(tokens_mask)
    trace = SimpleNamespace()
    if config.architecture == "encoder":
        top = trace.encoder = encoder(tokens, real, part(parameters, "encoder"), config)
    elif config.architecture == "decoder":
        top = trace.decoder = decoder(tokens, real, part(parameters, "decoder"), config, causal=causal)
    else:
        source = np.asarray(source)
        source_real = np.ones(len(source), bool) if source_mask is None else np.asarray(source_mask)
        trace.encoder = encoder(source, source_real, part(parameters, "encoder"), config)
        trace.memory = trace.encoder.output
        if config.bottleneck:
            trace.memory, source_real = one_vector(trace.memory, source_real), np.ones(1, bool)
        p = part(parameters, "decoder")
        top = trace.decoder = decoder(tokens, real, p, config, trace.memory, source_real, causal)
    trace.logits = logits(top.output, parameters, config)
    return trace


def logits(x: np.ndarray, parameters: Parameters, config: TransformerConfig) -> np.ndarray:
    """One number per token of the vocabulary: E x, with E the embedding matrix if tied (paper, section 3.4), plus b."""
    embedding_of = "encoder" if config.architecture == "encoder" else "decoder"
    matrix = f"{embedding_of}.embedding.token.weight" if config.tied_embeddings else "unembedding.weight"
    return linear(x, parameters[matrix], parameters.get("unembedding.bias"))


def part(parameters: Parameters, name: str) -> Parameters:
    """The parameters below ``name``, by the rest of their names: "ff.w_1.weight" is part(p, "ff")["w_1.weight"]."""
    return {key.removeprefix(f"{name}."): value for key, value in parameters.items() if key.startswith(f"{name}.")}
