"""Beam search: greedy decoding keeps the one best beginning of a text; a beam keeps the best few.

One step for one text, whose live hypotheses h_1, h_2, ... all have the same length:

1. The model gives log p(token | h_i) for every token after each of them: one row of logits for each.
2. log p(h_i token) = log p(h_i) + log p(token | h_i): these continuations of all h_i are ranked together.
3. Of the first ``width``, those whose last token is the end are complete, and are put aside.
4. Of all the others, the first ``width`` live on, and their rows of the key/value cache with them.

A text is done when ``width`` hypotheses are complete, or the live ones as long as they may become. With width 1 this is
greedy decoding; with a width as large as the number of all texts it finds the best of all texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from explorer.model.decoding import Step, encode, first_step, next_step
from explorer.model.transformer import Memory, Transformer

Continuation = tuple[int, int, float]  # which live hypothesis it continues, by which token, and log p of the whole


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


@torch.inference_mode()
def beam_search(
    model: Transformer,
    prefix: list[int],
    end: int,
    max_new: int | Sequence[int],
    width: int,
    *,
    sources: list[list[int]] | None = None,
    length_penalty: float = 1.0,
) -> list[tuple[Hypothesis, ...]]:
    """The best hypotheses for each text (n-best, n = ``width``), as ``Beam.best`` ranks them.

    The texts are searched at once, each as it would be alone.

    Parameters
    ----------
    prefix : list of int
        What the decoder has read at the start: a GPT's prompt, or a translator's beginning-of-sequence token.
    end : int
        The token that completes a text.
    max_new : int, or one int for each source
        How many tokens may be written, the end counted. The last one is not read any more, so
        ``len(prefix) + max_new`` may be one above the model's max_len.
    sources : list of lists of int
        What the encoder of an encoder-decoder reads, one list for each text; a GPT has none, and continues one text.
    length_penalty : float
        alpha of ``length_score``.

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
    memory = _encode(model, sources, device) if sources else None
    step = first_step(model, torch.tensor([prefix] * n_texts, device=device), memory) if searching else None
    while searching:
        best_tokens, first_row, origins = _best_tokens(step.logits[:, -1], width + 1), 0, []
        for i in searching:
            rows = best_tokens[first_row : first_row + len(beams[i].live)]
            beams[i], parents = grow(beams[i], continuations(beams[i], rows), width, end, length_penalty)
            if not beams[i].is_done(width, limits[i]):
                origins += [first_row + parent for parent in parents]
            first_row += len(rows)
        searching = [i for i in searching if not beams[i].is_done(width, limits[i])]
        if searching:
            last_tokens = [[hypothesis.ids[-1]] for i in searching for hypothesis in beams[i].live]
            step = next_step(model, torch.tensor(last_tokens, device=device), _take_rows(step, origins))
    return [beam.best(width) for beam in beams]


def continuations(beam: Beam, best_tokens: list[list[tuple[int, float]]]) -> list[Continuation]:
    """The continuations of all live hypotheses, the most probable first; ``best_tokens`` has one list for each."""
    found = [
        (parent, token, hypothesis.log_probability + log_p)
        for parent, (hypothesis, row) in enumerate(zip(beam.live, best_tokens, strict=True))
        for token, log_p in row
    ]
    return sorted(found, key=lambda continuation: -continuation[2])


def grow(beam: Beam, ranked: list[Continuation], width: int, end: int, length_penalty: float) -> tuple[Beam, list[int]]:
    """The beam one token later, and which hypothesis each of its live ones continues."""
    length = len(beam.live[0].ids) + 1

    def written(continuation: Continuation) -> Hypothesis:
        parent, token, log_p = continuation
        score = length_score(log_p, length, length_penalty)
        return Hypothesis((*beam.live[parent].ids, token), log_p, score, token == end)

    ended = [written(continuation) for continuation in ranked[:width] if continuation[1] == end]
    going_on = [continuation for continuation in ranked if continuation[1] != end][:width]
    return Beam(tuple(map(written, going_on)), (*beam.ended, *ended)), [parent for parent, _, _ in going_on]


def _best_tokens(logits: Tensor, n: int) -> list[list[tuple[int, float]]]:
    """The ``n`` most probable tokens of each row of ``logits`` [row, vocab_size], with their log p.

    ``width`` + 1 are enough for a beam: only one of them can be the end, and at most ``width`` others live on.
    """
    best = logits.log_softmax(-1).topk(min(n, logits.shape[-1]))
    return [list(zip(*row, strict=True)) for row in zip(best.indices.tolist(), best.values.tolist(), strict=True)]


def _encode(model: Transformer, sources: list[list[int]], device: torch.device) -> Memory:
    longest = max(map(len, sources))
    ids = torch.tensor([source + [0] * (longest - len(source)) for source in sources], device=device)
    lengths = torch.tensor([[len(source)] for source in sources], device=device)
    return encode(model, ids, torch.arange(longest, device=device) < lengths)


def _take_rows(step: Step, rows: list[int]) -> Step:
    """What the next step needs of ``step`` (its memory and its cache), with these rows of the batch, in this order."""
    index = torch.tensor(rows, device=step.logits.device)
    past = tuple(tuple((k[index], v[index]) for k, v in block) for block in step.past)
    memory = step.memory and Memory(step.memory.states[index], step.memory.mask[index])
    return replace(step, memory=memory, past=past)
