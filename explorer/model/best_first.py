"""The most probable text of all, found without looking at all of them.

A text's probability only falls as it grows, so the most probable beginning is looked at first (uniform-cost search:
Dijkstra's algorithm on the tree of texts). The first complete text that comes up is the most probable one: whatever is
still waiting is less probable already, and can only become less so.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from math import inf

import torch

from explorer.model.beam import Hypothesis
from explorer.model.decoding import encode, without_suppressed
from explorer.model.transformer import Memory, Transformer

AT_ONCE = 32  # beginnings that are read together; a few of them in vain


@dataclass(frozen=True)
class BestText:
    """The answer, or None where ``max_read`` beginnings were not enough, or no text ends in time."""

    text: Hypothesis | None
    n_read: int  # beginnings that the model has read
    complete: bool  # whether the answer is certain: False where the search was given up


@torch.inference_mode()
def most_probable_text(
    model: Transformer,
    prefix: list[int],
    end: int,
    max_new: int,
    source: list[int] | None = None,
    max_read: int = 20_000,
) -> BestText:
    """argmax_y p(y | prefix, source) over all texts y of at most ``max_new`` tokens that end, the end counted.

    Of two equally probable texts, the one whose ids come first. Tokens that the model's config suppresses are in none.
    """
    device = next(model.parameters()).device
    memory = encode(model, torch.tensor([source], device=device)) if source is not None else None
    waiting: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]  # (-log p, ids)
    n_read = 0
    while waiting:
        if waiting[0][1][-1:] == (end,):
            cost, ids = waiting[0]
            return BestText(Hypothesis(ids, -cost, -cost, True), n_read, True)
        if n_read >= max_read:
            return BestText(None, n_read, False)
        # The best beginnings, as far as no complete text stands before them.
        chosen = [heapq.heappop(waiting)]
        while len(chosen) < min(AT_ONCE, max_read - n_read) and waiting and waiting[0][1][-1:] != (end,):
            chosen.append(heapq.heappop(waiting))
        n_read += len(chosen)
        for (cost, ids), row in zip(chosen, _next(model, prefix, [ids for _, ids in chosen], memory), strict=True):
            for token, log_p in enumerate(row):
                if log_p > -inf and (token == end or len(ids) + 1 < max_new):
                    heapq.heappush(waiting, (cost - log_p, (*ids, token)))
    return BestText(None, n_read, True)


def _next(
    model: Transformer, prefix: list[int], beginnings: list[tuple[int, ...]], memory: Memory | None
) -> list[list[float]]:
    """log p of every token after each beginning, -inf for those that are never written.

    The beginnings may differ in length, and padding at the end is never seen.
    """
    device, n = next(model.parameters()).device, len(beginnings)
    longest = max(map(len, beginnings))
    tokens = torch.tensor([[*prefix, *ids, *[0] * (longest - len(ids))] for ids in beginnings], device=device)
    shared = memory and memory.shared_by(n)
    real = torch.ones(1, 1, 1, tokens.shape[1], dtype=torch.bool, device=device)
    states = model.decoder(tokens, real, shared).output
    last = torch.tensor([len(prefix) + len(ids) - 1 for ids in beginnings], device=device)
    logits = model.unembedding(model.to_unembedding(states[torch.arange(n, device=device), last]))
    return without_suppressed(logits.double().log_softmax(-1), model).tolist()
