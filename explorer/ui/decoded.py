"""What a model writes, in every way of decoding; kept for all sessions, by names and texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.decoding_filters import Filtered
from explorer.analysis.factorisation import factorise
from explorer.limits import CACHED_FACTORS, CACHED_SEARCHES, CACHED_TEXTS, CACHED_VIEW
from explorer.ui.bounded import BoundedCache
from explorer.ui.cache import load, run_key, size_of_run
from explorer.ui.counted import bar, counted
from explorer.ui.queue import place
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.beam import Search
    from explorer.model.filters import Filters
    from explorer.model.run import Run

USUAL = 20  # tokens that a GPT writes if nobody says how many
Ids = tuple[int, ...]


@dataclass(frozen=True)
class Start:
    """Where decoding begins: what has been read, what may end it, and how far it may go."""

    prefix: Ids  # what the decoder has read: [BOS], and a GPT's prompt or the target that the visitor typed
    source: Ids | None  # what the encoder of an encoder-decoder has read
    end: int | None  # the token that ends a text; None where texts have no end
    room: int  # how many tokens may be written; the last one is not read any more
    usual: int  # how many are written if nobody says
    suppressed: Ids = ()  # tokens that decoding never writes


@dataclass(frozen=True)
class Sampled:
    """One text that was drawn, and what it was drawn from."""

    ids: Ids
    u: np.ndarray  # [n], the uniform number of each draw
    logits: np.ndarray  # [n, vocab_size], the model's, before any filter


@dataclass(frozen=True)
class Scores:
    """log p(y | x) of a text as far as it was written, by the model itself and as it was drawn."""

    model: float
    filtered: float


def start_of(choice: Choice, run: Run) -> Start:
    """A translator goes on from the target that the visitor typed, a GPT from its prompt."""
    from explorer.model.run import max_target

    max_len, never = run.entry.config.max_len, run.entry.config.suppressed_tokens
    end = load(choice.model).tokenizer.special_ids.get("[EOS]")
    if run.source is None:
        room = max_len - len(run.tokens) + 1
        return Start(run.tokens.ids, None, end, room, min(room, USUAL), never)
    prefix = run.tokens.ids[:1] if run.written else run.tokens.ids
    room = max_len - len(prefix) + 1
    usual = max(1, max_target(len(run.source), max_len) - len(prefix) + 1)
    return Start(prefix, run.source.ids, end, room, min(room, usual), never)


def greedy(choice: Choice, start: Start, n: int) -> Ids:
    """At each step the most probable token."""
    from explorer.model.decoding import greedy_tokens

    def write() -> Ids:
        end = -1 if start.end is None else start.end
        model = load(choice.model).model
        tokens = greedy_tokens(model, list(start.prefix), end, n, _listed(start.source))
        return tuple(counted(tokens, "The most probable text", n))

    return _texts.get(("greedy", *run_key(choice), n), write)


def sampled(choice: Choice, start: Start, filters: Filters, seed: int, n: int) -> Sampled:
    """The first draw of this seed."""

    def draw() -> Sampled:
        ids, u = _draw(choice, start, filters, seed, range(1), n)
        logits = _logits(choice, start, ids[:1])[0]
        return Sampled(ids[0], u[0, : len(ids[0])], logits)

    return _sampled.get((*run_key(choice), filters, seed, n), draw)


def draw_batch(choice: Choice, start: Start, filters: Filters, seed: int, n: int, draws: range) -> tuple[Ids, ...]:
    """The texts of some draws of this seed; each is the same, whatever is drawn beside it."""

    def draw() -> tuple[Ids, ...]:
        return _draw(choice, start, filters, seed, draws, n)[0]

    return _batches.get((*run_key(choice), filters, seed, n, draws), draw)


def has_batch(choice: Choice, filters: Filters, seed: int, n: int, draws: range) -> bool:
    """Whether these texts have been drawn already."""
    return (*run_key(choice), filters, seed, n, draws) in _batches


def scores_of(choice: Choice, start: Start, filters: Filters, texts: Sequence[Ids]) -> list[Scores]:
    """What each text gets from the model, and after the filters."""
    keys = {text: (*run_key(choice), filters, text) for text in texts}
    missing = [text for text, key in keys.items() if key not in _scores]
    made = {}
    if missing:
        with place():
            for text, logits in zip(missing, _logits(choice, start, missing), strict=True):
                made[text] = _score(start, filters, text, logits)
    return [_scores.get(keys[text], lambda text=text: made[text]) for text in texts]


def searched(choice: Choice, start: Start, width: int, penalty: float, n: int) -> Search:
    """A beam search, with everything that it looked at."""
    from explorer.model.beam import search

    sources = None if start.source is None else [list(start.source)]

    def look() -> Search:
        model, prefix = load(choice.model).model, list(start.prefix)
        with bar(f"A search with {width} beginnings at once") as done:
            return search(model, prefix, start.end, n, width, sources=sources, length_penalty=penalty, watch=done)[0]

    return _searches.get((*run_key(choice), width, penalty, n), look)


def logits_along(choice: Choice, start: Start, path: Ids) -> np.ndarray:
    """The logits [len(path) + 1, vocab_size] behind each token of ``path``, and behind the one that would be next."""
    if len(path) >= start.room:
        return _along.get((*run_key(choice), path), lambda: _logits(choice, start, [path])[0])
    # The token behind the path is only asked about, so it may be any.
    return _along.get((*run_key(choice), path), lambda: _logits(choice, start, [(*path, 0)])[0])


def pass_along(choice: Choice, start: Start, path: Ids) -> Run:
    """The pass that every token of ``path`` comes from: all but the last one is read."""
    from explorer.model.run import run_ids

    read = [*start.prefix, *path[:-1]]
    return _passes.get((*run_key(choice), path), lambda: run_ids(load(choice.model), read, _listed(start.source)))


def filled(choice: Choice, ids: Ids, run: Run) -> np.ndarray:
    """A BERT's logits [position, vocab_size] for a text with some of its gaps filled."""
    from explorer.model.run import run_ids

    if ids == run.tokens.ids:
        return run.trace.logits
    return _along.get((*run_key(choice), ids), lambda: run_ids(load(choice.model), list(ids)).trace.logits)


def after_filters(logits: np.ndarray, read: Sequence[int], filters: Filters, never: Ids = ()) -> tuple[Filtered, ...]:
    """The distribution of one next token, after each filter that is on, without what is ``never`` written."""
    import torch

    from explorer.model.filters import stages

    found = stages(torch.from_numpy(np.array(logits[None])), torch.tensor([list(read)]), filters, never)
    return tuple(Filtered(s.name, s.value, s.log_probabilities[0].exp().numpy(), float(s.kept[0])) for s in found)


def fall(p: np.ndarray, u: float) -> int:
    """The token in whose piece of [0, 1) u lies, as ``sampling.choose`` lays them out."""
    import torch

    from explorer.model.sampling import choose

    log_p = torch.from_numpy(p).log()
    return int(choose(log_p[None], torch.tensor([u], dtype=torch.float64))[0])


def die(seed: int, step: int) -> float:
    """The uniform number of the first draw of a seed, at ``step`` (0 is the first)."""
    from explorer.model.sampling import uniform_numbers

    return float(uniform_numbers(seed, 0, step + 1)[step])


def _draw(
    choice: Choice, start: Start, filters: Filters, seed: int, draws: range, n: int
) -> tuple[tuple[Ids, ...], np.ndarray]:
    """(texts, their uniform numbers [draw, step])."""
    import torch

    from explorer.model.sampling import sample_tokens, uniform_numbers

    u = torch.stack([uniform_numbers(seed, draw, n) for draw in draws])
    model = load(choice.model).model
    tokens = sample_tokens(model, list(start.prefix), start.end, filters, u, _listed(start.source))
    many = f"Draws {draws.start + 1} to {draws.stop}" if len(draws) > 1 else "A draw"
    steps = list(counted(tokens, many, n))
    return tuple(_until(row, start.end) for row in torch.stack(steps, dim=1).tolist()), u.numpy()


def _until(ids: list[int], end: int | None) -> Ids:
    return tuple(ids[: ids.index(end) + 1] if end in ids else ids)


def _logits(choice: Choice, start: Start, texts: Sequence[Ids]) -> list[np.ndarray]:
    from explorer.model.scoring import target_logits

    prefixes = [list(start.prefix)] * len(texts)
    sources = None if start.source is None else [list(start.source)] * len(texts)
    return target_logits(load(choice.model).model, prefixes, [list(text) for text in texts], sources)


def _score(start: Start, filters: Filters, text: Ids, logits: np.ndarray) -> Scores:
    import torch

    from explorer.model.filters import stages

    if filters.repetition_penalty == 1:  # what was read decides nothing: all steps at once
        last = stages(
            torch.from_numpy(logits), torch.zeros(len(text), 0, dtype=torch.int64), filters, start.suppressed
        )[-1]
        drawn = last.log_probabilities.numpy()[np.arange(len(text)), list(text)].sum()
    else:
        drawn = 0.0
        for i, token in enumerate(text):
            p = after_filters(logits[i], (*start.prefix, *text[:i]), filters, start.suppressed)[-1].p[token]
            drawn += np.log(p) if p else -np.inf
    return Scores(factorise(logits, text).total_log_p, float(drawn))


def _listed(ids: Ids | None) -> list[int] | None:
    return None if ids is None else list(ids)


def _size_of_sampled(text: Sampled) -> int:
    return text.logits.nbytes


# Sizes in bytes; of what is made of Python numbers they are estimates.
_texts: BoundedCache[Ids] = BoundedCache(CACHED_TEXTS, lambda ids: 100 * len(ids), place=place)
_sampled: BoundedCache[Sampled] = BoundedCache(CACHED_VIEW, _size_of_sampled, place=place)
_batches: BoundedCache[tuple[Ids, ...]] = BoundedCache(
    CACHED_SEARCHES, lambda texts: 100 * sum(map(len, texts)), place=place
)
_scores: BoundedCache[Scores] = BoundedCache(CACHED_FACTORS, lambda scores: 500)
_searches: BoundedCache[Search] = BoundedCache(
    CACHED_SEARCHES, lambda found: 200 * sum(map(len, found.steps)), place=place
)
_along: BoundedCache[np.ndarray] = BoundedCache(CACHED_VIEW, lambda logits: logits.nbytes, place=place)
_passes: BoundedCache[Run] = BoundedCache(CACHED_SEARCHES, size_of_run, place=place)
