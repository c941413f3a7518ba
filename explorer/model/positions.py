"""A model with other positions than it was trained with: what position codes are there for, seen by replacing them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import nn

from explorer.model.checkpoint import Checkpoint
from explorer.model.layers import fixed_code
from explorer.model.position_codes import NoRelativePositions
from explorer.model.sharing import shared_copy
from explorer.model.transformer import Transformer


def with_positions(model: Transformer, positions: str, base: float = 10000.0) -> Transformer:
    """A second model that adds another position code to its embeddings, and shares every other number with ``model``.

    ``model`` is only read: other sessions may run it meanwhile. With its own kind of positions (and its own base)
    the second model computes the same bits.

    Parameters
    ----------
    positions : str
        One of ``explorer.model.config.POSITIONS``; "learned" or "relative" only for a model that has learned those.
    base : float
        The base of a sinusoidal code.

    Raises
    ------
    ValueError
        If the model has not learned what it is asked for, or its d_model is odd and cannot be paired.
    """
    if positions in ("learned", "relative") and model.config.positions != positions:
        raise ValueError(f"this model has no {positions} position codes: its positions are {model.config.positions!r}")
    offset = model.config.position_offset if positions == "learned" else 0
    config = replace(model.config, positions=positions, position_offset=offset)
    other = shared_copy(model)
    other.config = config
    for stack in other.children():
        if hasattr(stack, "embedding") and positions != "learned":
            _replace_code(stack.embedding, fixed_code(config, base).to(stack.embedding.token.weight))
        if hasattr(stack, "position_bias") and positions != "relative":
            stack.position_bias = NoRelativePositions()
    return other


def checkpoint_with_positions(checkpoint: Checkpoint, positions: str, base: float = 10000.0) -> Checkpoint:
    """The checkpoint with ``with_positions`` of its model; its entry's config says so too."""
    model = with_positions(checkpoint.model, positions, base)
    return replace(checkpoint, model=model, entry=replace(checkpoint.entry, config=model.config))


def _replace_code(embedding: nn.Module, code: torch.Tensor) -> None:
    """Let an embedding add ``code``: a buffer, also where it has learned its codes."""
    del embedding.position
    embedding.offset = 0
    embedding.register_buffer("position", code, persistent=False)


def token_rows(model: Transformer, kind: str, ids: tuple[int, ...]) -> np.ndarray:
    """The rows of the embedding matrix for these tokens, before any scale, [position, d_model]; read-only."""
    weight = _stack(model, kind).embedding.token.weight
    return _read_only(weight[torch.tensor(ids, device=weight.device)])


def position_codes(model: Transformer, kind: str) -> np.ndarray:
    """What the model adds at each position that it has room for, [max_len, d_model]; read-only."""
    embedding = _stack(model, kind).embedding
    return _read_only(embedding.position[embedding.offset :])


@torch.inference_mode()
def bias_by_distance(model: Transformer, kind: str, distances: np.ndarray) -> np.ndarray:
    """What a model with relative positions adds to a score for each distance ``key - query``: [head, distance].

    ``kind`` is the stack, "encoder" or "decoder"; the numbers are those of a pass over a text that is long enough.
    """
    farthest = int(np.abs(distances).max(initial=0))
    bias = _stack(model, kind).position_bias(farthest + 1, farthest + 1)[0]
    queries = np.maximum(0, -distances)  # a query that has a key at this distance
    return _read_only(bias[:, queries, queries + distances])


def _stack(model: Transformer, kind: str) -> nn.Module:
    return model.encoder if kind == "encoder" else model.decoder


def _read_only(tensor: torch.Tensor) -> np.ndarray:
    array = tensor.detach().to("cpu", copy=True).numpy()
    array.flags.writeable = False
    return array
