"""Drawing texts: each next token falls where a uniform number says, so that the same numbers give the same text.

The interval from 0 to 1 is cut into one piece per token, as long as its probability, the most probable token first; the
token is the piece in which u lies (inverse transform sampling). Draw k, step t uses u[k, t], whatever else is drawn
beside it: a text depends on the seed and its number alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from explorer.model.decoding import encode, first_step, next_step, take_rows
from explorer.model.falling import falling, token_at
from explorer.model.filters import Filters, stages
from explorer.model.transformer import Transformer


def uniform_numbers(seed: int, draw: int, length: int) -> Tensor:
    """u of ``draw`` (0 is the first), [length], float64, each at least 0 and below 1."""
    generator = torch.Generator().manual_seed((seed * 1_000_003 + draw) % 2**63)
    return torch.rand(length, generator=generator, dtype=torch.float64)


def choose(log_probabilities: Tensor, u: Tensor) -> Tensor:
    """The token in whose piece of [0, 1) each u lies.

    Parameters
    ----------
    log_probabilities : Tensor [row, vocab_size]
        -inf for what cannot be drawn.
    u : Tensor [row]
    """
    ordered = falling(log_probabilities)
    ends = ordered.exp().cumsum(-1)
    place = (ends <= u[:, None]).sum(-1)
    last = (ordered > -torch.inf).sum(-1) - 1  # rounding may leave the last end a little below 1
    return token_at(torch.minimum(place, last), log_probabilities, ordered)


@torch.inference_mode()
def sample_tokens(
    model: Transformer,
    prefix: list[int],
    end: int | None,
    filters: Filters,
    u: Tensor,
    source: list[int] | None = None,
) -> Iterator[Tensor]:
    """Draw several texts at once, and yield the next token of each, [draw], until all have ended or u is used up.

    Parameters
    ----------
    prefix : list of int
        What the decoder has read at the start.
    end : int or None
        The token that ends a text; it is repeated for texts that ended earlier. None: no text ends by itself.
    u : Tensor [draw, step]
        Uniform numbers; ``step`` is how many tokens may be drawn. The last one is not read any more, so
        ``len(prefix) + step`` may be one above the model's max_len.
    source : list of int
        What the encoder reads, for an encoder-decoder.
    """
    device = next(model.parameters()).device
    memory = None
    if source is not None:
        memory = encode(model, torch.tensor([source], device=device))
    read = torch.tensor([prefix] * len(u))
    new, step = None, None
    ended = torch.zeros(len(u), dtype=torch.bool)
    for t in range(u.shape[1]):
        if step is None:  # all begin alike: what they have in common is read once
            step = take_rows(first_step(model, read[:1].to(device), memory), [0] * len(u))
        else:
            step = next_step(model, new.to(device), step)
        filtered = stages(step.logits[:, -1].cpu(), read, filters, model.config.suppressed_tokens)
        tokens = choose(filtered[-1].log_probabilities, u[:, t])
        if end is not None:
            tokens = tokens.masked_fill(ended, end)
            ended = ended | (tokens == end)
        yield tokens
        if bool(ended.all()):
            return
        new = tokens[:, None]
        read = torch.cat((read, new), dim=1)
