"""log p of the chosen text with heads switched off, computed once for all sessions; only the number is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.analysis.factorisation import factorise
from explorer.limits import CACHED_SEARCHES
from explorer.model.intervention import HeadChange, Intervention, Place
from explorer.model.intervention_text import intervention_text
from explorer.ui.bounded import BoundedCache
from explorer.ui.cache import load, run_key
from explorer.ui.changed_runs import bert_factors
from explorer.ui.queue import place
from explorer.ui.scored import asked_positions
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint
    from explorer.model.run import Run

Places = tuple[Place, ...]


def can_be_scored(choice: Choice, run: Run) -> bool:
    """Whether the text has a token whose probability the model can tell."""
    if not run.entry.config.unembedding:
        return False
    if run.entry.config.architecture == "encoder":
        return bool(asked_positions(run, load(choice.model).tokenizer.id_of("[MASK]")))
    return run.source is not None or len(run.tokens) > 1


def log_p_without(choice: Choice, run: Run, places: Places, action: str) -> float:
    """log p(y|x) of the run's text, or a BERT's pseudo-log-likelihood, with ``places`` off by ``action``, in nats."""
    return _scores.get(_key(choice, places, action), lambda: _score(load(choice.model), run, _change(places, action)))


def has_log_p(choice: Choice, places: Places, action: str) -> bool:
    """Whether that is in memory already."""
    return _key(choice, places, action) in _scores


def _score(checkpoint: Checkpoint, run: Run, change: Intervention) -> float:
    from explorer.model.changed import changed_checkpoint
    from explorer.model.scoring import target_logits

    other = changed_checkpoint(checkpoint, change)
    if run.entry.config.architecture == "encoder":
        return bert_factors(other, run).total_log_p
    start, *target = run.tokens.ids
    sources = None
    if run.source is not None:
        target.append(checkpoint.tokenizer.id_of("[EOS]"))
        sources = [list(run.source.ids)]
    (logits,) = target_logits(other.model, [[start]], [target], sources)
    return factorise(logits, target).total_log_p


def _change(places: Places, action: str) -> Intervention:
    return Intervention(heads=tuple(sorted(HeadChange(place, action) for place in places)))


def _key(choice: Choice, places: Places, action: str) -> tuple:
    return (*run_key(choice), intervention_text(_change(places, action)))


_scores: BoundedCache[float] = BoundedCache(CACHED_SEARCHES, lambda _: 200, place=place)  # tens of thousands of heads
