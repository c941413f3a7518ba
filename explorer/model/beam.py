"""Beam search: greedy decoding keeps the one best beginning of a text; a beam keeps the best few.

One step for one text, whose live hypotheses h_1, h_2, ... all have the same length:

1. The model gives log p(token | h_i) for every token after each of them: one row of logits for each. What its config
   suppresses is left out from here on.
2. log p(h_i token) = log p(h_i) + log p(token | h_i): these continuations of all h_i are ranked together.
3. Of the first ``width``, those whose last token is the end are complete, and are put aside.
4. Of all the others, the first ``width`` live on, and their rows of the key/value cache with them.

A text is done when ``width`` hypotheses are complete, or the live ones as long as they may become. With width 1 this is
greedy decoding; with a width as large as the number of all texts it finds the best of all texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from explorer.model.decoding import Watch, encode, first_step, next_step, take_rows, without_suppressed
from explorer.model.padding import padded
from explorer.model.transformer import Memory, Transformer

LIVE, ENDED, DROPPED = "live", "ended", "dropped"


class Continuation(NamedTuple):
    """A live hypothesis and one more token: what a step of the search ranks."""

    parent: int  # which live hypothesis of the step before it continues
    token: int
    log_p: float  # log p(token | hypothesis)
    log_probability: float  # log p of the whole
    fate: str = DROPPED  # "live", "ended" or "dropped"


@dataclass(frozen=True)
class Hypothesis:
    """A text as far as it is written."""

    ids: tuple[int, ...]  # what was written: without the prefix, with the end if it came to one
    log_probability: float  # natural logarithm of the product of the probabilities of ``ids``
    score: float  # what hypotheses of different lengths are compared by: see ``length_score``
    ended: bool  # whether the last of ``ids`` is the end


@dataclass(frozen=True)
class Beam:
    """Where the search for one text stands."""

    live: tuple[Hypothesis, ...] = (Hypothesis((), 0.0, 0.0, False),)  # of one length, the most probable first
    ended: tuple[Hypothesis, ...] = ()  # the complete ones, in the order in which they were found

    def is_done(self, width: int, max_new: int) -> bool:
        return len(self.ended) >= width or not self.live or len(self.live[0].ids) >= max_new

    def best(self, width: int) -> tuple[Hypothesis, ...]:
        """At most ``width`` hypotheses: the complete ones by score, and then those that had no room to end."""
        return tuple(sorted(self.ended + self.live, key=lambda h: (not h.ended, -h.score))[:width])


def length_score(log_probability: float, length: int, length_penalty: float) -> float:
    """log p / length^alpha: what a hypothesis of ``length`` tokens, its end counted, is worth.

    Each token makes a text less probable, so alpha = 0 favours short texts; with alpha = 1 the score is the mean log
    probability of a token. (Wu et al. 2016, equation 14, divide by ((5 + length) / 6)^alpha instead, and add a penalty
    for source words without attention, which is not used here.)
    """
    return log_probability / length**length_penalty


@dataclass(frozen=True)
class Search:
    """A finished search for one text, and everything that it looked at on its way."""

    best: tuple[Hypothesis, ...]  # the n-best list, as ``Beam.best`` ranks it
    # One for each step: the continuations that were looked at, the most probable first. Of each live hypothesis these
    # are its ``width`` + 1 best, since no other one can be kept. ``parent`` counts the "live" ones of the step before.
    steps: tuple[tuple[Continuation, ...], ...]


def beam_search(
    model: Transformer,
    prefix: list[int],
    end: int | None,
    max_new: int | Sequence[int],
    width: int,
    *,
    sources: list[list[int]] | None = None,
    length_penalty: float = 1.0,
) -> list[tuple[Hypothesis, ...]]:
    """The best hypotheses for each text (n-best, n = ``width``), as ``Beam.best`` ranks them; see ``search``."""
    found = search(model, prefix, end, max_new, width, sources=sources, length_penalty=length_penalty)
    return [each.best for each in found]


@torch.inference_mode()
def search(
    model: Transformer,
    prefix: list[int],
    end: int | None,
    max_new: int | Sequence[int],
    width: int,
    *,
    sources: list[list[int]] | None = None,
    length_penalty: float = 1.0,
    watch: Watch = lambda i, n: None,
) -> list[Search]:
    """Search for each text; all texts at once, each as it would be alone.

    Parameters
    ----------
    prefix : list of int
        What the decoder has read at the start: a GPT's prompt, or a translator's beginning-of-sequence token.
    end : int or None
        The token that completes a text; None for a vocabulary that has none.
    max_new : int, or one int for each source
        How many tokens may be written, the end counted. The last one is not read any more, so
        ``len(prefix) + max_new`` may be one above the model's max_len.
    sources : list of lists of int
        What the encoder of an encoder-decoder reads, one list for each text; a GPT has none, and continues one text.
    length_penalty : float
        alpha of ``length_score``.
    watch : called after each step with how many there were and can be at most; what it raises ends the search

    Raises
    ------
    ValueError
        If ``width`` or a length is below 1, or a text outgrows the model's max_len.
    """
    n_texts = 1 if sources is None else len(sources)
    limits = [max_new] * n_texts if isinstance(max_new, int) else list(max_new)
    if min([width, *limits]) < 1:
        raise ValueError(f"the width of a beam and the length of a text must be at least 1, not {width} and {limits}")
    device = next(model.parameters()).device
    beams, searching = [Beam() for _ in limits], list(range(n_texts))
    steps: list[list[tuple[Continuation, ...]]] = [[] for _ in limits]
    memory = _encode(model, sources, device) if sources else None
    step = first_step(model, torch.tensor([prefix] * n_texts, device=device), memory) if searching else None
    while searching:
        best_tokens, first_row, origins = _best_tokens(step.logits[:, -1], width + 1, model), 0, []
        for i in searching:
            rows = best_tokens[first_row : first_row + len(beams[i].live)]
            looked_at = decide(continuations(beams[i], rows), width, end)
            beams[i] = grow(beams[i], looked_at, length_penalty)
            steps[i].append(looked_at)
            if not beams[i].is_done(width, limits[i]):
                origins += [first_row + each.parent for each in looked_at if each.fate == LIVE]
            first_row += len(rows)
        watch(max(map(len, steps)), max(limits))
        searching = [i for i in searching if not beams[i].is_done(width, limits[i])]
        if searching:
            last_tokens = [[hypothesis.ids[-1]] for i in searching for hypothesis in beams[i].live]
            step = next_step(model, torch.tensor(last_tokens, device=device), take_rows(step, origins))
    return [Search(beam.best(width), tuple(looked_at)) for beam, looked_at in zip(beams, steps, strict=True)]


def continuations(beam: Beam, best_tokens: list[list[tuple[int, float]]]) -> list[Continuation]:
    """The continuations of all live hypotheses, the most probable first; ``best_tokens`` has one list for each."""
    found = [
        Continuation(parent, token, log_p, hypothesis.log_probability + log_p)
        for parent, (hypothesis, row) in enumerate(zip(beam.live, best_tokens, strict=True))
        for token, log_p in row
    ]
    return sorted(found, key=lambda continuation: -continuation.log_probability)


def decide(ranked: list[Continuation], width: int, end: int | None) -> tuple[Continuation, ...]:
    """The same continuations with their fates: steps 3 and 4 above."""
    found, n_live = [], 0
    for rank, each in enumerate(ranked):
        if each.token == end:
            fate = ENDED if rank < width else DROPPED
        else:
            fate = LIVE if n_live < width else DROPPED
            n_live += 1
        found.append(each._replace(fate=fate))
    return tuple(found)


def grow(beam: Beam, looked_at: tuple[Continuation, ...], length_penalty: float) -> Beam:
    """The beam one token later."""
    length = len(beam.live[0].ids) + 1

    def written(fate: str) -> tuple[Hypothesis, ...]:
        return tuple(
            Hypothesis(
                (*beam.live[each.parent].ids, each.token),
                each.log_probability,
                length_score(each.log_probability, length, length_penalty),
                fate == ENDED,
            )
            for each in looked_at
            if each.fate == fate
        )

    return Beam(written(LIVE), beam.ended + written(ENDED))


def _best_tokens(logits: Tensor, n: int, model: Transformer) -> list[list[tuple[int, float]]]:
    """The ``n`` most probable tokens of each row of ``logits`` [row, vocab_size], with their log p.

    ``width`` + 1 are enough for a beam: only one of them can be the end, and at most ``width`` others live on.
    Suppressed tokens are left out, and log p of the others is as it was.
    """
    n = min(n, logits.shape[-1] - len(set(model.config.suppressed_tokens)))
    best = without_suppressed(logits.double().log_softmax(-1), model).topk(n)
    return [list(zip(*row, strict=True)) for row in zip(best.indices.tolist(), best.values.tolist(), strict=True)]


def _encode(model: Transformer, sources: list[list[int]], device: torch.device) -> Memory:
    return encode(model, *(tensor.to(device) for tensor in padded(sources)))
