"""What stands between a model's logits and the token that is drawn: temperature, top-k, top-p, min-p and a penalty.

Each filter takes a distribution and gives a distribution: what it drops gets probability 0, and what it keeps is
renormalised. They are applied in the order of ``stages``. All in float64 and in log space.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.model.falling import falling, first_tokens


@dataclass(frozen=True)
class Filters:
    """Which filters, and how strong; each is off by default.

    Raises
    ------
    ValueError
        If a value is out of its range; the message says what it may be.
    """

    temperature: float = 1.0  # T > 0: logits are divided by it; below 1 the distribution is sharper, above 1 flatter
    top_k: int = 0  # keep the k most probable tokens (Fan et al. 2018, section 5.1); 0 keeps all
    top_p: float = 1.0  # keep the fewest tokens with this much probability together (Holtzman et al. 2020, section 3.1)
    min_p: float = 0.0  # keep tokens with at least this share of the largest p (Nguyen et al. 2024, section 3)
    repetition_penalty: float = 1.0  # >= 1: makes what was read before less probable (Keskar et al. 2019, section 4.1)

    def __post_init__(self) -> None:
        _require(0.01 <= self.temperature <= 100, "the temperature", "from 0.01 to 100", self.temperature)
        _require(isinstance(self.top_k, int) and self.top_k >= 0, "top-k", "a whole number of at least 0", self.top_k)
        _require(0 < self.top_p <= 1, "top-p", "above 0 and at most 1", self.top_p)
        _require(0 <= self.min_p <= 1, "min-p", "from 0 to 1", self.min_p)
        _require(1 <= self.repetition_penalty <= 10, "the repetition penalty", "from 1 to 10", self.repetition_penalty)


@dataclass(frozen=True)
class Stage:
    """A distribution on its way from the model to the draw."""

    name: str  # "softmax" (the model's own), "repetition penalty", "temperature", "never written", "top-k" ...
    value: float  # the filter's strength; 1 for the softmax, and how many tokens are never written
    log_probabilities: Tensor  # [row, vocab_size], float64, renormalised; -inf for what is dropped
    kept: Tensor  # [row], what share of the probability before this stage was kept by it


def stages(logits: Tensor, read: Tensor, filters: Filters, suppressed: tuple[int, ...] = ()) -> tuple[Stage, ...]:
    """The distribution after each filter that is on: first the model's own, last what is drawn from.

    Parameters
    ----------
    logits : Tensor [row, vocab_size]
        z, for the next token of each row.
    read : Tensor of int [row, position]
        What was read before: the tokens that the repetition penalty counts.
    suppressed : tuple of int
        The model's ``config.suppressed_tokens``, which no draw writes whatever the filters are.

    Notes
    -----
    repetition penalty r : z_t / r where z_t > 0, z_t * r where z_t < 0, for each token t that was read
    temperature T        : softmax(z / T)
    never written        : all but the suppressed tokens
    top-k                : the k largest probabilities; of equals, the smaller id
    top-p                : tokens by falling probability, until their sum is at least p
    min-p                : p_t >= min_p * max_t p_t
    """
    z = logits.double()
    found = [_stage("softmax", 1.0, z)]
    if filters.repetition_penalty != 1:
        seen = torch.zeros_like(z, dtype=torch.bool).scatter(1, read, True)
        punished = torch.where(z > 0, z / filters.repetition_penalty, z * filters.repetition_penalty)
        z = torch.where(seen, punished, z)
        found.append(_stage("repetition penalty", filters.repetition_penalty, z))
    if filters.temperature != 1:
        z = z / filters.temperature
        found.append(_stage("temperature", filters.temperature, z))
    for name, value, is_on, keep in (
        ("never written", suppressed, bool(suppressed), _not_suppressed),
        ("top-k", filters.top_k, filters.top_k > 0, _top_k),
        ("top-p", filters.top_p, filters.top_p < 1, _top_p),
        ("min-p", filters.min_p, filters.min_p > 0, _min_p),
    ):
        if is_on:
            before = found[-1].log_probabilities
            z = before.masked_fill(~keep(before, value), -torch.inf)
            strength = float(len(value)) if isinstance(value, tuple) else value
            found.append(_stage(name, strength, z, z.logsumexp(-1).exp()))
    return tuple(found)


def _stage(name: str, value: float, z: Tensor, kept: Tensor | None = None) -> Stage:
    return Stage(name, value, z.log_softmax(-1), torch.ones_like(z[:, 0]) if kept is None else kept)


def _not_suppressed(log_p: Tensor, suppressed: tuple[int, ...]) -> Tensor:
    keep = torch.ones_like(log_p, dtype=torch.bool)
    keep[:, list(suppressed)] = False
    return keep


def _top_k(log_p: Tensor, k: int) -> Tensor:
    n = torch.full(log_p.shape[:-1], min(k, log_p.shape[-1]))
    return first_tokens(n, log_p, falling(log_p))


def _top_p(log_p: Tensor, p: float) -> Tensor:
    ordered = falling(log_p)
    probabilities = ordered.exp()
    before = probabilities.cumsum(-1) - probabilities  # what the more probable ones have together
    return first_tokens((before < p).sum(-1), log_p, ordered)


def _min_p(log_p: Tensor, share: float) -> Tensor:
    return log_p.exp() >= share * log_p.exp().amax(-1, keepdim=True)


def _require(good: bool, name: str, range_: str, value: object) -> None:
    if not good:
        raise ValueError(f"{name} must be {range_}, not {value}")
