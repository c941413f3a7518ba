"""A text with the factors that a model gives it, and what it would have written otherwise; shared by all sessions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.factorisation import Factorisation, factorise
from explorer.limits import CACHED_TEXTS, CACHED_VIEW
from explorer.ui.bounded import BoundedCache
from explorer.ui.cache import load, run_key, size_of_run
from explorer.ui.counted import counted
from explorer.ui.gaps import MASK
from explorer.ui.queue import place
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint
    from explorer.model.run import Run

PROMPT, CONTINUATION = "prompt", "continuation"
LONGER = 12  # tokens that another continuation may have more than the one at hand


@dataclass(frozen=True)
class Scored:
    """A text y_1 .. y_n and the factors behind it: p(y_i | y_1 .. y_i-1, x), or a BERT's p(y_i | all others)."""

    factors: Factorisation
    logits: np.ndarray  # [n, vocab_size], read-only; row i speaks of y_i
    labels: tuple[str, ...]  # of y_1 .. y_n
    positions: tuple[int, ...]  # where in its pass each factor was computed
    passed: Run | None  # the one pass behind all factors; None for a BERT, where each factor has a pass of its own
    n_prompt: int = 0  # a GPT's first factors, which speak of the prompt
    written: bool = False  # whether the model wrote y itself (greedily)
    finished: bool = True  # whether what it wrote came to its end; True for a text that was typed

    def __len__(self) -> int:
        return len(self.factors)

    @property
    def is_product(self) -> bool:
        """Whether the factors multiply to the probability of the text."""
        return self.passed is not None

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """For each factor: does it belong to a GPT's prompt or to its continuation?"""
        if not self.n_prompt:
            return ("",) * len(self)
        return (PROMPT,) * self.n_prompt + (CONTINUATION,) * (len(self) - self.n_prompt)


@dataclass(frozen=True)
class Alternative:
    """What the text would be with another token at one place, and what the model thinks of it."""

    text: str
    factors: Factorisation  # of the whole text
    finished: bool  # whether it came to its end


def score(choice: Choice, run: Run, continuation: str = "", n_new: int = 0, ends: bool = False) -> Scored:
    """The factors of the chosen text.

    Parameters
    ----------
    choice, run
        The sidebar's texts, and the model's pass over them.
    continuation : str
        For a GPT: what goes on after its prompt. Empty: the model writes up to ``n_new`` tokens itself (greedily).
    ends : bool
        For a GPT: whether its end is a factor too. One that the model wrote itself always is.

    Raises
    ------
    InputError
        One sentence, if there is nothing to score, or a text cannot be read or is too long.
    """
    key = (*run_key(choice), continuation, n_new, ends)
    make = {"encoder-decoder": _score_pair, "encoder": _score_bert}.get(run.entry.config.architecture)
    if make:
        return _scored.get(key, lambda: make(load(choice.model), run))
    return _scored.get(key, lambda: _score_gpt(load(choice.model), run, continuation, n_new, ends))


def pass_behind(choice: Choice, run: Run, scored: Scored, i: int) -> Run:
    """The pass that factor ``i`` (0 is the first) comes from: for a BERT that of the copy with y_i masked."""
    if scored.passed is not None:
        return scored.passed
    position = scored.positions[i]
    return _masked.get((*run_key(choice), position), lambda: _run_masked(load(choice.model), run, position))


def alternative(choice: Choice, run: Run, scored: Scored, i: int, token: int) -> Alternative:
    """The text with ``token`` as y_i: a decoder then goes on greedily, a BERT leaves the rest as it is."""
    key = (*run_key(choice), scored.factors.ids, i, token)
    make = _replace_token if scored.passed is None else _write_on
    return _alternatives.get(key, lambda: make(load(choice.model), run, scored, i, token))


def asked_positions(run: Run, mask: int) -> tuple[int, ...]:
    """Where a BERT is asked for a token: neither at its gaps nor at the special tokens at the ends."""
    return tuple(i for i in range(1, len(run.tokens) - 1) if run.tokens.ids[i] != mask)


def room_for(run: Run) -> int:
    """How many tokens a GPT may write after its prompt; the last one need not be read."""
    return run.entry.config.max_len - len(run.tokens) + 1


def end_of(choice: Choice) -> int | None:
    """The token that ends a text; None where texts have no end."""
    return load(choice.model).tokenizer.special_ids.get("[EOS]")


def _score_pair(checkpoint: Checkpoint, run: Run) -> Scored:
    ids = (*run.tokens.ids[1:], checkpoint.tokenizer.id_of("[EOS]"))
    return _of_pass(checkpoint, run, ids, written=run.written, finished=run.finished)


def _score_gpt(checkpoint: Checkpoint, run: Run, continuation: str, n_new: int, ends: bool) -> Scored:
    from explorer.model.decoding import greedy_tokens
    from explorer.model.reading import read_continuation
    from explorer.model.run import run_ids

    prompt, end = list(run.tokens.ids), checkpoint.tokenizer.special_ids.get("[EOS]")
    written = not continuation.strip()
    if written:
        limit = min(n_new, room_for(run))
        tokens = greedy_tokens(checkpoint.model, prompt, end, limit)
        ids = prompt + list(counted(tokens, "The continuation", limit))
    else:
        ids = prompt + read_continuation(checkpoint, prompt, continuation)
    ended = ids[-1] == end
    if ends and not ended and end is not None and len(ids) <= run.entry.config.max_len:
        ids.append(end)
    passed = run_ids(checkpoint, ids[:-1])
    n_prompt = len(prompt) - 1  # [BOS] is no factor
    return _of_pass(
        checkpoint, passed, tuple(ids[1:]), n_prompt=n_prompt, written=written, finished=ended or not written
    )


def _score_bert(checkpoint: Checkpoint, run: Run) -> Scored:
    from explorer.model.reading import InputError
    from explorer.model.scoring import masked_logits

    mask = checkpoint.tokenizer.id_of("[MASK]")
    positions = asked_positions(run, mask)
    if not positions:
        raise InputError(
            f"Every token of the text is a {checkpoint.tokenizer.token_of(MASK)}: write at least one word, so that "
            "there is one to ask for."
        )
    logits = masked_logits(checkpoint.model, list(run.tokens.ids), positions, mask)
    logits.flags.writeable = False
    ids = [run.tokens.ids[i] for i in positions]
    labels = tuple(checkpoint.tokenizer.labels(ids))
    return Scored(factorise(logits, ids), logits, labels, positions, None)


def _of_pass(checkpoint: Checkpoint, passed: Run, ids: tuple[int, ...], **more) -> Scored:
    """The factors of ``ids``, of which ``passed`` has read all but the last."""
    logits = passed.trace.logits[: len(ids)]
    labels = tuple(checkpoint.tokenizer.labels(ids))
    return Scored(factorise(logits, ids), logits, labels, tuple(range(len(ids))), passed, **more)


def _run_masked(checkpoint: Checkpoint, run: Run, position: int) -> Run:
    from explorer.model.run import run_ids

    ids = list(run.tokens.ids)
    ids[position] = checkpoint.tokenizer.id_of("[MASK]")
    return run_ids(checkpoint, ids)


def _write_on(checkpoint: Checkpoint, run: Run, scored: Scored, i: int, token: int) -> Alternative:
    """To its end; a GPT whose text at hand has none stops where that one stops."""
    from explorer.model.decoding import greedy_tokens
    from explorer.model.run import max_target
    from explorer.model.scoring import target_logits

    config, source = run.entry.config, list(run.source.ids) if run.source else None
    end = checkpoint.tokenizer.special_ids.get("[EOS]")
    start, ids = scored.passed.tokens.ids[0], [*scored.factors.ids[:i], token]
    if source:
        limit = max_target(len(source), config.max_len)
    else:
        limit = len(scored) + (LONGER if scored.factors.ids[-1] == end else 0)
    limit = min(limit, config.max_len) - len(ids)
    if token != end and limit > 0:
        tokens = greedy_tokens(checkpoint.model, [start, *ids], end, limit, source)
        ids += counted(tokens, "The other text", limit)
    (logits,) = target_logits(checkpoint.model, [[start]], [ids], [source] if source else None)
    return Alternative(checkpoint.tokenizer.decode(ids), factorise(logits, ids), ids[-1] == end)


def _replace_token(checkpoint: Checkpoint, run: Run, scored: Scored, i: int, token: int) -> Alternative:
    from explorer.model.scoring import masked_logits

    ids = list(run.tokens.ids)
    ids[scored.positions[i]] = token
    logits = masked_logits(checkpoint.model, ids, scored.positions, checkpoint.tokenizer.id_of("[MASK]"))
    factors = factorise(logits, [ids[position] for position in scored.positions])
    return Alternative(checkpoint.tokenizer.decode(ids), factors, True)


def _size_of_scored(scored: Scored) -> int:
    """The pass holds the logits; it may be the sidebar's, and is then counted twice rather than not at all."""
    return scored.logits.nbytes if scored.passed is None else size_of_run(scored.passed)


_scored: BoundedCache[Scored] = BoundedCache(CACHED_VIEW, _size_of_scored, place=place)
_masked: BoundedCache[Run] = BoundedCache(CACHED_VIEW, size_of_run, place=place)
_alternatives: BoundedCache[Alternative] = BoundedCache(
    CACHED_TEXTS, lambda found: len(found.text) + 48 * len(found.factors), place=place
)
