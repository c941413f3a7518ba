"""Every text that a model with a tiny vocabulary can write, added up; shared by all sessions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.total_mass import Mass, add_up
from explorer.limits import CACHED_TEXTS
from explorer.ui.bounded import BoundedCache
from explorer.ui.cache import load, run_key
from explorer.ui.queue import place
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explorer.model.checkpoint import Checkpoint
    from explorer.model.enumeration import Level
    from explorer.model.run import Run

TOP = 8  # texts that are listed


@dataclass(frozen=True)
class Text:
    """One text, and its probability (for a BERT: the product that is none)."""

    words: str  # its tokens' labels
    log_p: float


@dataclass(frozen=True)
class Enumerated:
    masses: tuple[Mass, ...]  # one for each length
    best: tuple[Text, ...]  # of all texts that end within these lengths, the most probable first


@dataclass(frozen=True)
class Products:
    """A BERT's products of p(y_i | all others) over all texts of n tokens."""

    sums: dict[int, float]  # n: their sum
    best: tuple[Text, ...]  # of the longest ones, the largest first


def sizes(run: Run, from_nothing: bool = False) -> list[int]:
    """How many texts of 1, 2, ... tokens there are to look at, as far as the model has room."""
    from explorer.model.enumeration import count_texts

    config = run.entry.config
    if not config.has_decoder:
        return [config.vocab_size**n for n in range(1, config.max_len - 1)]
    room = config.max_len - len(_prefix(run, from_nothing)) + 1
    return [count_texts(config.vocab_size, n) for n in range(1, room + 1)]


def enumerate_texts(choice: Choice, run: Run, longest: int, from_nothing: bool) -> Enumerated:
    """All texts of up to ``longest`` tokens: after the prompt, after [BOS] alone, or as translations of the source."""
    checkpoint = load(choice.model)
    key = (*_key(choice, from_nothing), longest)
    return _enumerated.get(key, lambda: _enumerate(checkpoint, run, longest, from_nothing))


def add_products(choice: Choice, longest: int) -> Products:
    """A BERT's products over all texts of 1 to ``longest`` tokens; the sidebar's text has no part in them."""
    key = (*run_key(replace(choice, text="")), longest)
    return _products.get(key, lambda: _add_products(load(choice.model), longest))


def _key(choice: Choice, from_nothing: bool) -> tuple:
    """A translation does not depend on the target in the sidebar, nor a text from nothing on the prompt."""
    given = replace(choice, target="", text="" if from_nothing else choice.text)
    return (*run_key(given), from_nothing)


def _prefix(run: Run, from_nothing: bool) -> list[int]:
    """What the decoder has read before y_1."""
    return list(run.tokens.ids[:1] if run.source or from_nothing else run.tokens.ids)


def _enumerate(checkpoint: Checkpoint, run: Run, longest: int, from_nothing: bool) -> Enumerated:
    from explorer.model.enumeration import levels

    best: list[Text] = []

    def rows() -> Iterator[tuple[int, int, int, float, float]]:
        nonlocal best
        source = list(run.source.ids) if run.source else None
        end = checkpoint.tokenizer.id_of("[EOS]")
        for level in levels(checkpoint.model, _prefix(run, from_nothing), end, longest, source):
            best = sorted([*best, *_best_of(checkpoint, level)], key=lambda text: -text.log_p)[:TOP]
            yield level.length, len(level.ended), len(level.going_on), level.ended_mass, level.going_on_mass

    masses = tuple(add_up(rows()))
    return Enumerated(masses, tuple(best))


def _best_of(checkpoint: Checkpoint, level: Level) -> list[Text]:
    order = np.argsort(-level.ended_log_p, kind="stable")[:TOP]
    return [_text(checkpoint, level.ended[i], level.ended_log_p[i]) for i in order]


def _add_products(checkpoint: Checkpoint, longest: int) -> Products:
    from explorer.model.enumeration import masked_products

    tokenizer, sums, products = checkpoint.tokenizer, {}, np.zeros(0)
    before, after, mask = (tokenizer.id_of(name) for name in ("[CLS]", "[SEP]", "[MASK]"))
    for n in range(1, longest + 1):
        products = masked_products(checkpoint.model, [before], [after], n, mask)
        sums[n] = float(np.exp(products).sum())
    order = np.argsort(-products, axis=None, kind="stable")[:TOP]
    best = [_text(checkpoint, np.unravel_index(i, products.shape), products.flat[i]) for i in order]
    return Products(sums, tuple(best))


def _text(checkpoint: Checkpoint, ids, log_p: float) -> Text:
    return Text(" ".join(checkpoint.tokenizer.labels([int(i) for i in ids])), float(log_p))


_enumerated: BoundedCache[Enumerated] = BoundedCache(CACHED_TEXTS, lambda found: 2_000, place=place)
_products: BoundedCache[Products] = BoundedCache(CACHED_TEXTS, lambda found: 2_000, place=place)
