"""The chosen text through the chosen model with something changed: its pass, its factors, and what it writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.factorisation import Factorisation, factorise
from explorer.limits import CACHED_CHANGED_RUNS, CACHED_FACTORS, CACHED_TEXTS
from explorer.model.intervention import NOTHING, Intervention
from explorer.model.intervention_text import intervention_text
from explorer.ui.bounded import BoundedCache
from explorer.ui.cache import load, run_key, size_of_run
from explorer.ui.counted import counted
from explorer.ui.queue import place
from explorer.ui.scored import asked_positions
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint
    from explorer.model.run import Run

NEW_TOKENS = 12  # that a GPT goes on for


@dataclass(frozen=True)
class Written:
    """What a model writes by itself, greedily: a translation, or how a GPT goes on."""

    text: str
    finished: bool  # whether it came to its end by itself


def changed_run(choice: Choice, run: Run, intervention: Intervention) -> Run:
    """The pass over the ids of ``run`` with what ``intervention`` says; without changes ``run`` itself.

    Raises
    ------
    ValueError
        One sentence, where the intervention speaks of something that the model or the text has not.
    """
    if intervention == NOTHING:
        return run
    return _runs.get(_key(choice, intervention), lambda: _run(_checkpoint(choice, intervention), run))


def changed_factors(choice: Choice, run: Run, intervention: Intervention) -> Factorisation | None:
    """The factors of the same text: of a translator's target with its end, of a GPT's text after its first token, or a
    BERT's p(y_i | all others), each masked in turn. None where there is nothing to score, as without logits.
    Errors as above."""
    if run.entry.config.architecture != "encoder":
        passed = changed_run(choice, run, intervention)  # may wait in line, which nobody does inside of the next one
        return _of_passes.get(_key(choice, intervention), lambda: (pass_factors(choice, passed),))[0]
    return _factors.get(_key(choice, intervention), lambda: (bert_factors(_checkpoint(choice, intervention), run),))[0]


def changed_text(choice: Choice, run: Run, intervention: Intervention) -> Written | None:
    """What the changed model writes by itself, each token from a whole pass; None for a BERT. Errors as above."""
    if run.entry.config.architecture == "encoder":
        return None
    return _texts.get(_key(choice, intervention), lambda: _write(_checkpoint(choice, intervention), run))


def has_changed_text(choice: Choice, intervention: Intervention) -> bool:
    """Whether it is in memory already, so that nobody has to wait for it."""
    return _key(choice, intervention) in _texts


def pass_factors(choice: Choice, passed: Run) -> Factorisation | None:
    """The factors that a decoder's pass gives the text that it has read."""
    ids = passed.tokens.ids[1:]
    if passed.source is not None:
        ids = (*ids, load(choice.model).tokenizer.id_of("[EOS]"))
    return factorise(passed.trace.logits[: len(ids)], ids) if ids else None


def bert_factors(checkpoint: Checkpoint, run: Run) -> Factorisation | None:
    """The terms of a BERT's pseudo-log-likelihood; gaps and special tokens at the ends are not scored."""
    from explorer.model.scoring import masked_logits

    if not checkpoint.entry.config.unembedding:
        return None
    mask = checkpoint.tokenizer.id_of("[MASK]")
    positions = asked_positions(run, mask)
    if not positions:
        return None
    logits = masked_logits(checkpoint.model, list(run.tokens.ids), positions, mask)
    return factorise(logits, [run.tokens.ids[i] for i in positions])


def _checkpoint(choice: Choice, intervention: Intervention) -> Checkpoint:
    from explorer.model.changed import changed_checkpoint

    return changed_checkpoint(load(choice.model), intervention)


def _run(checkpoint: Checkpoint, run: Run) -> Run:
    from explorer.model.run import run_ids

    source = list(run.source.ids) if run.source else None
    return run_ids(checkpoint, list(run.tokens.ids), source, written=run.written, finished=run.finished)


def _write(checkpoint: Checkpoint, run: Run) -> Written:
    from explorer.model.decoding_by_passes import greedy_by_passes
    from explorer.model.run import max_target

    tokenizer, end = checkpoint.tokenizer, checkpoint.tokenizer.special_ids.get("[EOS]")
    if run.source is not None:
        prefix, source = [run.tokens.ids[0]], list(run.source.ids)
        limit = max_target(len(source), checkpoint.entry.config.max_len)
    else:
        prefix, source, limit = list(run.tokens.ids), None, NEW_TOKENS
    ids = list(counted(greedy_by_passes(checkpoint.model, prefix, end, limit, source), "The text", limit))
    finished = ids[-1:] == [end]
    return Written(tokenizer.decode(ids[:-1] if finished else ids), finished)


def _key(choice: Choice, intervention: Intervention) -> tuple:
    return (*run_key(choice), intervention_text(intervention))


def _size_of_factors(found: tuple[Factorisation | None]) -> int:
    return sum(np.asarray(value).nbytes for factors in found if factors for value in vars(factors).values())


_runs: BoundedCache[Run] = BoundedCache(CACHED_CHANGED_RUNS, size_of_run, place=place)
_of_passes: BoundedCache[tuple[Factorisation | None]] = BoundedCache(CACHED_FACTORS, _size_of_factors)
_factors: BoundedCache[tuple[Factorisation | None]] = BoundedCache(CACHED_FACTORS, _size_of_factors, place=place)
_texts: BoundedCache[Written] = BoundedCache(CACHED_TEXTS, lambda written: 200 + 4 * len(written.text), place=place)
