"""One source and one target in two translators; shared by all sessions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from explorer.analysis.factorisation import Factorisation, factorise
from explorer.limits import CACHED_TEXTS
from explorer.ui.bounded import BoundedCache
from explorer.ui.cache import load, run_key
from explorer.ui.passes import target_of
from explorer.ui.queue import place
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint
    from explorer.model.run import Run


@dataclass(frozen=True)
class Written:
    """What one of the models writes itself (greedily), and what both think of it."""

    text: str
    finished: bool
    log_p: tuple[float, float]  # by the first model, by the second


@dataclass(frozen=True)
class SideBySide:
    labels: tuple[str, ...]  # of the target's tokens
    factors: tuple[Factorisation, Factorisation]  # of the chosen target, by each model
    written: tuple[Written, Written]  # by each model


def side_by_side(choice: Choice, run: Run, names: tuple[str, str]) -> SideBySide | None:
    """Score the chosen run's target with both models; None if their vocabularies differ."""
    key = tuple(run_key(replace(choice, model=name)) for name in (choice.model, *names))
    return _found.get(key, lambda: _compute(load(names[0]), load(names[1]), load(choice.model), run))


def _compute(one: Checkpoint, other: Checkpoint, chosen: Checkpoint, run: Run) -> SideBySide | None:
    from explorer.model.run import write_target

    if not one.tokenizer.same_as(other.tokenizer):
        return None
    both, source, end = (one, other), list(run.source.ids), one.tokenizer.id_of("[EOS]")
    target = target_of(chosen, run)
    written = []
    for checkpoint in both:
        ids, finished = write_target(checkpoint, source)
        log_p = tuple(each.total_log_p for each in _score(both, source, (*ids[1:], end)))
        written.append(Written(checkpoint.tokenizer.decode(ids), finished, log_p))
    labels = tuple(one.tokenizer.labels(target))
    return SideBySide(labels, tuple(_score(both, source, target)), tuple(written))


def _score(models: tuple[Checkpoint, ...], source: list[int], target: tuple[int, ...]) -> list[Factorisation]:
    from explorer.model.scoring import target_logits

    found = []
    for checkpoint in models:
        start = checkpoint.tokenizer.id_of("[BOS]")
        (logits,) = target_logits(checkpoint.model, [[start]], [list(target)], [source])
        found.append(factorise(logits, target))
    return found


def _size(found: SideBySide | None) -> int:
    return 1_000 + 300 * len(found.labels) if found else 1_000


_found: BoundedCache[SideBySide | None] = BoundedCache(CACHED_TEXTS, _size, place=place)
