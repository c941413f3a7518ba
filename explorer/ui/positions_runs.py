"""The chosen text through the chosen model with other positions, or with its words in another order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.position_effects import largest_difference
from explorer.limits import CACHED_SHUFFLED, CACHED_TEXTS, CACHED_VIEW
from explorer.model.intervention import NO_MASK
from explorer.ui.bounded import BoundedCache
from explorer.ui.cache import load, run_key, size_of_run
from explorer.ui.queue import place
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint
    from explorer.model.run import Run


@dataclass(frozen=True)
class Shuffled:
    """One text in two orders, through one model without position codes and through the model as it is."""

    labels: tuple[str, ...]  # of the new text
    before: np.ndarray  # [position, d_model], outputs without position codes, of the text as it was
    after: np.ndarray  # of the new text, in its own order
    none: float  # largest difference of the outputs, put back in order: without position codes
    own: float  # with the model's own
    open: float | None  # a decoder without position codes and without its causal mask; None for an encoder
    logits: float | None  # a translator: of the logits for the same target


def replaced_run(choice: Choice, run: Run, positions: str) -> Run:
    """The pass over the same ids, the model's position codes replaced (see ``with_positions``)."""
    return _runs.get((*run_key(choice), positions), lambda: _pass(_checkpoint(choice, positions), run))


def replaced_text(choice: Choice, run: Run, positions: str) -> str:
    """What a translator with these positions writes by itself (greedily)."""
    return _texts.get((*run_key(choice), positions), lambda: _write(_checkpoint(choice, positions), run))


def shuffled_run(choice: Choice, run: Run, order: np.ndarray) -> Shuffled:
    """The outputs of the stack that reads the text, before and after its words have changed places."""
    return _shuffled.get((*run_key(choice), order.tobytes()), lambda: _shuffle(choice, run, order))


def movable(choice: Choice, run: Run) -> tuple[int, int]:
    """Which tokens of the text change places, [first, last): not the special ones at its ends."""
    ids, special = (run.source or run.tokens).ids, load(choice.model).tokenizer.special_ids
    first = 1 if ids[0] in (special.get("[BOS]"), special.get("[CLS]")) else 0
    last = len(ids) - (1 if ids[-1] in (special.get("[EOS]"), special.get("[SEP]")) else 0)
    return first, last


def _checkpoint(choice: Choice, positions: str) -> Checkpoint:
    from explorer.model.positions import checkpoint_with_positions

    return checkpoint_with_positions(load(choice.model), positions)


def _pass(checkpoint: Checkpoint, run: Run, ids=None, source=None) -> Run:
    from explorer.model.run import run_ids

    source = source or (run.source and list(run.source.ids))
    return run_ids(checkpoint, list(ids or run.tokens.ids), source)


def _write(checkpoint: Checkpoint, run: Run) -> str:
    from explorer.model.run import write_target

    ids, _ = write_target(checkpoint, list(run.source.ids))
    return checkpoint.tokenizer.decode(ids)


def _shuffle(choice: Choice, run: Run, order: np.ndarray) -> Shuffled:
    from explorer.model.changed import changed_checkpoint

    bare, own = _checkpoint(choice, "none"), load(choice.model)
    pair, kind = run.source is not None, "decoder" if run.entry.config.architecture == "decoder" else "encoder"
    read = run.source if pair else run.tokens
    ids = [read.ids[n] for n in order]
    given = {"source": ids} if pair else {"ids": ids}

    def outputs(checkpoint: Checkpoint) -> tuple[Run, Run, float]:
        before, after = _pass(checkpoint, run), _pass(checkpoint, run, **given)
        return before, after, largest_difference(before.stack(kind).output[order], after.stack(kind).output)

    before, after, none = outputs(bare)
    return Shuffled(
        labels=tuple(read.labels[n] for n in order),
        before=before.stack(kind).output,
        after=after.stack(kind).output,
        none=none,
        own=outputs(own)[2],
        open=outputs(changed_checkpoint(bare, NO_MASK))[2] if kind == "decoder" else None,
        logits=largest_difference(before.trace.logits, after.trace.logits) if pair else None,
    )


_runs: BoundedCache[Run] = BoundedCache(CACHED_VIEW, size_of_run, place=place)
_texts: BoundedCache[str] = BoundedCache(CACHED_TEXTS, len, place=place)
_shuffled: BoundedCache[Shuffled] = BoundedCache(
    CACHED_SHUFFLED, lambda found: found.before.nbytes + found.after.nbytes, place=place
)
