"""One text read in one masked pass, in n cached steps, and without the causal mask; shared by all sessions."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.comparison import largest_difference
from explorer.analysis.factorisation import Factorisation, factorise
from explorer.analysis.predictions import largest
from explorer.limits import CACHED_TEXTS, CACHED_VIEW
from explorer.model.intervention import NO_MASK
from explorer.ui.bounded import BoundedCache
from explorer.ui.cache import load, run_key
from explorer.ui.queue import place
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint
    from explorer.model.run import Run

REPEATS = 3  # of each measurement; the fastest counts
ENOUGH = 0.2  # seconds: what has taken so long is not repeated


@dataclass(frozen=True)
class BothWays:
    """The same factors from one pass over all positions, and from one step for each."""

    labels: tuple[str, ...]
    one_pass: Factorisation
    by_steps: Factorisation
    largest_logit_difference: float  # of any logit of any position
    n_logits: int
    pass_seconds: float
    step_seconds: float  # of all steps together


@dataclass(frozen=True)
class Leak:
    """What another last token does to the logits before it: with the mask nothing, and without it a good deal."""

    taken: str  # the label of the last token that was read
    other: str  # and of what was put in its place
    masked: float  # the largest change of any earlier logit
    unmasked: float
    factor: int  # the earlier factor that changes most without the mask, counted from 1
    factor_label: str
    before: float  # its p with the one last token, and with the other
    after: float


@dataclass(frozen=True)
class Unmasked:
    """The text read by the same model with nothing hidden."""

    labels: tuple[str, ...]
    masked: Factorisation
    open: Factorisation
    passed: Run
    leak: Leak | None  # None where only one token was read


def both_ways(choice: Choice, run: Run) -> BothWays:
    """Compute the factors of the chosen text twice, and measure how long each way takes."""
    return _both_ways.get(run_key(choice), lambda: _compute_both(load(choice.model), run))


def has_both_ways(choice: Choice) -> bool:
    """Whether that is in memory already, so that nobody has to wait for it."""
    return run_key(choice) in _both_ways


def without_mask(choice: Choice, run: Run) -> Unmasked:
    """The chosen text read without the causal mask."""
    return _unmasked.get(run_key(choice), lambda: _read_unmasked(load(choice.model), run))


def target_of(checkpoint: Checkpoint, run: Run) -> tuple[int, ...]:
    """y_1 .. y_n: what the decoder read after [BOS]; a translator's end is a factor too."""
    ids = run.tokens.ids[1:]
    return (*ids, checkpoint.tokenizer.id_of("[EOS]")) if run.source else ids


def _compute_both(checkpoint: Checkpoint, run: Run) -> BothWays:
    from explorer.model.scoring import logits_by_steps, target_logits

    target, start = list(target_of(checkpoint, run)), run.tokens.ids[0]
    source = list(run.source.ids) if run.source else None
    read = [start, *target[:-1]]
    (one_pass,), pass_seconds = _timed(
        lambda: target_logits(checkpoint.model, [[start]], [target], [source] if source else None)
    )
    by_steps, step_seconds = _timed(lambda: np.stack(list(logits_by_steps(checkpoint.model, read, source))))
    return BothWays(
        labels=tuple(checkpoint.tokenizer.labels(target)),
        one_pass=factorise(one_pass, target),
        by_steps=factorise(by_steps, target),
        largest_logit_difference=largest_difference(one_pass, by_steps),
        n_logits=one_pass.size,
        pass_seconds=pass_seconds,
        step_seconds=step_seconds,
    )


def _timed(compute: Callable[[], object]) -> tuple:
    """What it gives, and the seconds of the fastest of a few times."""
    seconds = []
    for _ in range(REPEATS):
        before = time.perf_counter()
        found = compute()
        seconds.append(time.perf_counter() - before)
        if sum(seconds) > ENOUGH:
            break
    return found, min(seconds)


def _read_unmasked(checkpoint: Checkpoint, run: Run) -> Unmasked:
    from explorer.model.changed import changed_checkpoint
    from explorer.model.run import run_ids

    target = target_of(checkpoint, run)
    source = list(run.source.ids) if run.source else None
    unmasked = changed_checkpoint(checkpoint, NO_MASK)
    passed = run_ids(unmasked, list(run.tokens.ids), source)
    return Unmasked(
        labels=tuple(checkpoint.tokenizer.labels(target)),
        masked=factorise(run.trace.logits[: len(target)], target),
        open=factorise(passed.trace.logits[: len(target)], target),
        passed=passed,
        leak=_swap_the_last((checkpoint, unmasked), run, passed, target) if len(run.tokens) > 1 else None,
    )


def _swap_the_last(both: tuple[Checkpoint, Checkpoint], run: Run, passed: Run, target: tuple[int, ...]) -> Leak:
    """Put the likeliest other word in the place of the last token that was read, and read it twice more."""
    from explorer.model.run import run_ids

    tokenizer, ids = both[0].tokenizer, list(run.tokens.ids)
    forbidden = {ids[-1], *tokenizer.special_ids.values()}
    other = next(int(token) for token in largest(run.trace.logits[-2], len(forbidden) + 1) if token not in forbidden)
    source = list(run.source.ids) if run.source else None
    changed, changed_open = (run_ids(checkpoint, [*ids[:-1], other], source) for checkpoint in both)
    n = len(ids) - 1  # the factors of the tokens before the last one, and of the last one itself
    before, after = (factorise(each.trace.logits[:n], target[:n]).log_p for each in (passed, changed_open))
    most = int(np.abs(after - before).argmax())
    return Leak(
        taken=tokenizer.label(ids[-1]),
        other=tokenizer.label(other),
        masked=largest_difference(run.trace.logits[:-1], changed.trace.logits[:-1]),
        unmasked=largest_difference(passed.trace.logits[:-1], changed_open.trace.logits[:-1]),
        factor=most + 1,
        factor_label=tokenizer.label(target[most]),
        before=float(np.exp(before[most])),
        after=float(np.exp(after[most])),
    )


def _size(found: Unmasked) -> int:
    from explorer.model.trace import nbytes

    return nbytes(found.passed.trace)


_both_ways: BoundedCache[BothWays] = BoundedCache(
    CACHED_TEXTS, lambda found: 1_000 + 200 * len(found.labels), place=place
)
_unmasked: BoundedCache[Unmasked] = BoundedCache(CACHED_VIEW, _size, place=place)
