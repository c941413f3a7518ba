"""The logit lens: what the model would say if it stopped after each block (nostalgebraist 2020).

The state that leaves a block goes through the model's final norm, its output transform and its scale, where it has
them, and through its unembedding, as only the last one does in the model itself. Depth 0 is what the first block reads,
depth n is after block n.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.residual_stream import stack_kind
from explorer.model.weights import final_norm, output_transform, unembedding
from explorer.reference import ACTIVATIONS, layer_norm, linear, rms_norm

if TYPE_CHECKING:
    from explorer.model.run import Run
    from explorer.model.transformer import Transformer
    from explorer.model.weights import NormWeights

AT_ONCE = 64  # states whose logits are in memory together


@dataclass(frozen=True)
class LensMap:
    """The most probable token at every depth and position."""

    ids: np.ndarray  # int [depth, position]
    probabilities: np.ndarray  # float64 [depth, position]

    @property
    def nbytes(self) -> int:
        return self.ids.nbytes + self.probabilities.nbytes


def lens_logits(run: Run, model: Transformer, position: int | slice) -> np.ndarray:
    """Logits after every block, [depth, vocab_size], or [depth, position, vocab_size] for a slice of positions."""
    return _read(_states(run)[:, position], model, run)


def lens_map(run: Run, model: Transformer) -> LensMap:
    """The top token of every depth and position; some states at a time, since all logits at once would be large."""
    states = _states(run)
    rows = states.reshape(-1, states.shape[-1])
    ids, probabilities = np.empty(len(rows), np.int64), np.empty(len(rows))
    for start in range(0, len(rows), AT_ONCE):
        here = slice(start, start + AT_ONCE)
        logits = _read(rows[here], model, run)
        ids[here] = logits.argmax(axis=-1)
        largest = logits.max(axis=-1, keepdims=True)
        probabilities[here] = 1 / np.exp((logits - largest).astype(np.float64)).sum(axis=-1)  # softmax at its top
    return LensMap(ids.reshape(states.shape[:2]), probabilities.reshape(states.shape[:2]))


def rank_of(logits: np.ndarray, token: int) -> np.ndarray:
    """1 + how many tokens have a larger logit, for logits [..., vocab_size]."""
    return 1 + (logits > logits[..., token, None]).sum(axis=-1)


def _states(run: Run) -> np.ndarray:
    """[depth, position, d_model]"""
    stack = run.stack(stack_kind(run))
    return np.stack([stack.embedding.output, *(block.resid_post for block in stack.blocks)])


def _read(states: np.ndarray, model: Transformer, run: Run) -> np.ndarray:
    """The logits of states [..., d_model]."""
    weights, norm, transform = unembedding(model), final_norm(model, stack_kind(run)), output_transform(model)
    if norm is not None:
        states = _through(norm, states)
    if transform is not None:
        states = _through(transform.norm, ACTIVATIONS[transform.activation](linear(states, transform.w, transform.b)))
    if model.config.output_scale:
        states = states * np.float32(model.config.d_model**-0.5)
    return linear(states, weights.matrix, weights.bias)


def _through(norm: NormWeights, x: np.ndarray) -> np.ndarray:
    return rms_norm(x, norm.gain, norm.eps) if norm.kind == "rms" else layer_norm(x, norm.gain, norm.bias, norm.eps)
