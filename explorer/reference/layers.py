"""What stands around attention: norms, the feed-forward network, and the way from tokens to states."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np

from explorer.model.config import TransformerConfig
from explorer.reference.attention import Parameters, linear

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


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), written so that exp never overflows."""
    return (1 + np.tanh(x / 2)) / 2


def quick_gelu(x: np.ndarray) -> np.ndarray:
    """x sigmoid(1.702 x), the roughest GELU (Hendrycks and Gimpel 2016, section 2)."""
    return x * sigmoid(1.702 * x)


def silu(x: np.ndarray) -> np.ndarray:
    """x sigmoid(x), also called swish (Elfwing et al. 2017; Ramachandran et al. 2017)."""
    return x * sigmoid(x)


ACTIVATIONS = {
    "relu": relu,
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
    "quick_gelu": quick_gelu,
    "silu": silu,
    "tanh": np.tanh,
}


def feed_forward(x: np.ndarray, p: Parameters, config: TransformerConfig) -> tuple[np.ndarray, np.ndarray]:
    """hidden = f(W_1 x + b_1) and output = W_2 hidden + b_2, at each position alone (paper, equation 2).

    With a gate hidden = f(W_1 x + b_1) * (W_3 x + b_3), number by number (Shazeer 2020, equation 6).
    """
    hidden = ACTIVATIONS[config.activation](linear(x, p["w_1.weight"], p.get("w_1.bias")))
    if config.ff_gate:
        hidden = hidden * linear(x, p["w_3.weight"], p.get("w_3.bias"))
    return hidden, linear(hidden, p["w_2.weight"], p.get("w_2.bias"))


# From tokens to states


def sinusoidal_code(n_positions: int, d_model: int, reading: str = "sinusoidal", base: float = 10000.0) -> np.ndarray:
    """PE(pos, 2i) = sin(angle) and PE(pos, 2i+1) = cos(angle), [position, d_model].

    The paper's reading (section 3.5): angle = pos / base^(2i/d). The board's: angle = (pos / base)^(2i/d).
    "sinusoidal-halves" is the paper's with all sines first and then all cosines, as Marian has them.
    """
    pos, two_i = np.arange(n_positions)[:, None], np.arange(0, d_model, 2)
    power = two_i / d_model
    angle = (pos / base) ** power if reading == "sinusoidal-board" else pos / base**power
    code = np.zeros((n_positions, d_model))
    if reading == "sinusoidal-halves":
        code[:, : d_model // 2], code[:, d_model // 2 :] = np.sin(angle), np.cos(angle)
    else:
        code[:, 0::2], code[:, 1::2] = np.sin(angle), np.cos(angle)
    return code


def embed(tokens: np.ndarray, p: Parameters, config: TransformerConfig, normed: bool = True) -> SimpleNamespace:
    """x_i = row of token i, times sqrt(d_model) (paper, section 3.4), plus the code of position i (section 3.5).

    BERT adds the embedding of the first segment, and norms the sum unless ``normed`` is False.
    """
    token_embedding = p["token.weight"][tokens] * (math.sqrt(config.d_model) if config.embedding_scale else 1.0)
    if config.positions == "learned":
        position_code = p["position"][config.position_offset :][: len(tokens)]
    elif config.positions in ("none", "relative"):
        position_code = np.zeros_like(token_embedding)
    else:
        position_code = sinusoidal_code(len(tokens), config.d_model, config.positions).astype(token_embedding.dtype)
    first = p["segment"][:1] if config.n_segments else np.zeros((1, config.d_model), token_embedding.dtype)
    segment_embedding = np.repeat(first, len(tokens), axis=0)
    total = token_embedding + position_code + segment_embedding
    return SimpleNamespace(
        tokens=tokens,
        token_embedding=token_embedding,
        position_code=position_code,
        segment_embedding=segment_embedding,
        total=total,
        output=norm(total, {"weight": p["norm.weight"], "bias": p.get("norm.bias")}, config)
        if config.embedding_norm and normed
        else total,
    )
