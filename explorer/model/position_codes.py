"""Where a token stands: the codes that are added to embeddings, and the biases that are added to scores."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from explorer.model.config import TransformerConfig


def sinusoidal_code(n_positions: int, d_model: int, reading: str = "sinusoidal", base: float = 10000.0) -> Tensor:
    """The position code PE, [position, d_model], in one of its three readings.

    ``"sinusoidal"`` is the paper's (section 3.5): ``PE(pos, 2i) = sin(pos / base^(2i/d))``, with cos in dimension 2i+1.
    ``"sinusoidal-halves"`` has the same numbers in another order: all sines, then all cosines (Marian, tensor2tensor).
    ``"sinusoidal-board"`` is the board's: ``PE(pos, 2i) = sin((pos / base)^(2i/d))``, in which the base is inside
    the power, so that dimension 0 is sin(1) at every position; with cos in dimension 2i+1.
    """
    position = torch.arange(n_positions, dtype=torch.float64)[:, None]
    exponent = torch.arange(0, d_model, 2, dtype=torch.float64) / d_model
    if reading in ("sinusoidal", "sinusoidal-halves"):
        angle = position / base**exponent
    elif reading == "sinusoidal-board":
        angle = (position / base) ** exponent
    else:
        raise ValueError(f"reading must be sinusoidal, sinusoidal-halves or sinusoidal-board, not {reading!r}")
    if reading == "sinusoidal-halves":
        return torch.cat((angle.sin(), angle.cos()), dim=-1).float()
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(1).float()


def relative_buckets(distance: Tensor, n_buckets: int, max_distance: int, bidirectional: bool) -> Tensor:
    """Which bias each distance ``key - query`` has (Raffel et al. 2020, section 2.1): a bucket from 0 on.

    Half of the buckets of one direction are for one distance each; the others grow with its logarithm up to
    ``max_distance``, from where on all distances share the last one. A stack that looks both ways has half of all
    buckets for each direction; a decoder has none for what comes later, which it does not see.
    """
    bucket = torch.zeros_like(distance)
    if bidirectional:
        n_buckets //= 2
        bucket = (distance > 0).long() * n_buckets
        distance = distance.abs()
    else:
        distance = (-distance).clamp(min=0)
    n_exact = n_buckets // 2
    # float32 as in T5's own code: at a bucket's edge the logarithm is rounded to either side
    growth = (distance.float() / n_exact).log() / math.log(max_distance / n_exact) * (n_buckets - n_exact)
    far = (n_exact + growth.clamp(min=0).long()).clamp(max=n_buckets - 1)
    return bucket + torch.where(distance < n_exact, distance, far)


class RelativePositions(nn.Module):
    """b_ij, one learned number for each head and each kind of distance j - i; all layers of a stack share them."""

    def __init__(self, config: TransformerConfig, bidirectional: bool) -> None:
        super().__init__()
        self.n_buckets, self.max_distance = config.relative_buckets, config.relative_max_distance
        self.bidirectional = bidirectional
        self.weight = nn.Parameter(torch.empty(config.relative_buckets, config.n_heads))

    def forward(self, n_queries: int, n_keys: int) -> Tensor | None:
        """[1, head, query, key]; with more keys than queries the queries are the last ``n_queries`` positions."""
        keys = torch.arange(n_keys, device=self.weight.device)
        distance = keys - torch.arange(n_keys - n_queries, n_keys, device=self.weight.device)[:, None]
        buckets = relative_buckets(distance, self.n_buckets, self.max_distance, self.bidirectional)
        return self.weight[buckets].permute(2, 0, 1)[None]


class NoRelativePositions(nn.Module):
    """Scores are left as they are."""

    def forward(self, n_queries: int, n_keys: int) -> Tensor | None:
        return None


def make_position_bias(config: TransformerConfig, bidirectional: bool) -> nn.Module:
    """What a stack adds to the scores of its self-attention."""
    return RelativePositions(config, bidirectional) if config.positions == "relative" else NoRelativePositions()
