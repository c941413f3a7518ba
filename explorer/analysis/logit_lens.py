"""The logit lens: what the model would say if it stopped after each block (nostalgebraist 2020).

The state that leaves a block goes through the model's final norm, where it has one, and through its unembedding, as
only the last one does in the model itself. Depth 0 is the embedding, depth n is after block n.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.predictions import softmax
from explorer.analysis.residual_stream import stack_kind
from explorer.model.weights import final_norm, unembedding
from explorer.reference import layer_norm, rms_norm

if TYPE_CHECKING:
    from explorer.model.run import Run
    from explorer.model.transformer import Transformer
    from explorer.model.weights import NormWeights


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
    stack = run.stack(stack_kind(run))
    return np.stack([_read(state[position], model, run) for state in (stack.embedding.output, *_left(stack.blocks))])


def lens_map(run: Run, model: Transformer) -> LensMap:
    """The top token of every depth and position; one position at a time, since all logits at once would be large."""
    n_positions = len(run.tokens)
    n_depths = len(run.stack(stack_kind(run)).blocks) + 1
    ids, probabilities = np.empty((n_depths, n_positions), np.int64), np.empty((n_depths, n_positions))
    for i in range(n_positions):
        p = softmax(lens_logits(run, model, i))
        ids[:, i], probabilities[:, i] = p.argmax(axis=-1), p.max(axis=-1)
    return LensMap(ids, probabilities)


def rank_of(logits: np.ndarray, token: int) -> np.ndarray:
    """1 + how many tokens have a larger logit, for logits [..., vocab_size]."""
    return 1 + (logits > logits[..., token, None]).sum(axis=-1)


def _left(blocks: tuple) -> list[np.ndarray]:
    return [block.resid_post for block in blocks]


def _read(state: np.ndarray, model: Transformer, run: Run) -> np.ndarray:
    weights, norm = unembedding(model), final_norm(model, stack_kind(run))
    logits = (state if norm is None else _through(norm, state)) @ weights.matrix.T
    return logits if weights.bias is None else logits + weights.bias


def _through(norm: NormWeights, x: np.ndarray) -> np.ndarray:
    return rms_norm(x, norm.gain, norm.eps) if norm.kind == "rms" else layer_norm(x, norm.gain, norm.bias, norm.eps)
