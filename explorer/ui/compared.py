"""Candidates that a visitor typed, one a line, and the factors that the model gives them; shared by all sessions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.analysis.factorisation import Factorisation, factorise
from explorer.limits import CACHED_FACTORS, CACHED_TEXTS, CANDIDATES, MAX_CHARACTERS
from explorer.ui.bounded import BoundedCache
from explorer.ui.cache import load, run_key
from explorer.ui.gaps import MASK
from explorer.ui.queue import place
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint
    from explorer.model.run import Run

NEW = 12  # tokens that a GPT writes as a candidate of its own
GAP = "/"  # between the fillings of two gaps


@dataclass(frozen=True)
class Candidate:
    """One line, and what the model thinks of it."""

    line: int  # counted from 1
    text: str
    factors: Factorisation  # for a BERT: each token given all others
    labels: tuple[str, ...]  # of the factors' tokens


@dataclass(frozen=True)
class Compared:
    candidates: tuple[Candidate, ...]
    problems: tuple[str, ...]  # one sentence for each line that cannot be scored


def compare(choice: Choice, run: Run, lines: str, *, ends: bool = False, fillings: bool = False) -> Compared:
    """Score each line by teacher forcing: all in one padded pass, or, by a BERT, each token masked in turn.

    Parameters
    ----------
    choice, run
        The sidebar's texts, and the model's pass over them.
    lines : str
        A translator's targets, or what goes on after a GPT's prompt, or whole sentences for a BERT.
    ends : bool
        For a GPT with an end: whether it is a factor of each. A translator's always is.
    fillings : bool
        For a BERT: the lines are what stands in the text's gaps, with "/" between two.
    """
    key = (*run_key(choice), lines, ends, fillings)
    return _compared.get(key, lambda: _compare(load(choice.model), choice, run, lines, ends, fillings))


def own_line(choice: Choice, run: Run, width: int = 1) -> str:
    """What the model itself says, as a line: the best of a beam (1: greedy), or the likeliest filling of each gap.

    Empty where it would end at once.
    """
    return _own.get((*run_key(choice), width), lambda: _own_line(load(choice.model), run, width))


def filled(text: str, line: str, mask: str) -> str:
    """The text with the parts of ``line`` in its gaps; InputError where there are more of them or fewer.

    >>> filled("A [MASK] and a [MASK].", "cat / dog", "[MASK]")
    'A cat and a dog.'
    """
    from explorer.model.reading import InputError

    pieces, parts = text.split(mask), [part.strip() for part in line.split(GAP)]
    if len(parts) != len(pieces) - 1:
        n = len(pieces) - 1
        raise InputError(
            f"{len(parts)} filling{'s' * (len(parts) > 1)} for {n} gap{'s' * (n > 1)}: "
            f"write as many as there are, with {GAP} between two."
        )
    return "".join(piece + part for piece, part in zip(pieces, [*parts, ""], strict=True))


def _compare(checkpoint: Checkpoint, choice: Choice, run: Run, lines: str, ends: bool, fillings: bool) -> Compared:
    from explorer.model.reading import InputError

    found: list[tuple[int, str, list[int]]] = []
    problems = []
    for number, line in _numbered(lines, problems):
        try:
            found.append((number, line, _read(checkpoint, choice, run, line, ends, fillings)))
        except InputError as error:
            problems.append(f"Line {number}: {error}")
    factors = _score(checkpoint, run, [ids for _, _, ids in found])
    candidates = tuple(
        Candidate(number, line, each, tuple(checkpoint.tokenizer.labels(each.ids)))
        for (number, line, _), each in zip(found, factors, strict=True)
    )
    return Compared(candidates, tuple(problems))


def _numbered(lines: str, problems: list[str]) -> Iterator[tuple[int, str]]:
    """The lines that are to be scored, with their numbers; what is left out is said."""
    if len(lines) > MAX_CHARACTERS:
        problems.append(
            f"The candidates have {len(lines):,} characters together, and at most {MAX_CHARACTERS:,} are read."
        )
        return
    seen: dict[str, int] = {}
    for number, line in enumerate(lines.splitlines(), start=1):
        line = line.rstrip()
        if not line:
            continue
        if line in seen:
            problems.append(f"Line {number} is the same as line {seen[line]}: it is compared once.")
        elif len(seen) == CANDIDATES:
            left = f"those from line {number} on are left out"
            problems.append(f"The first {CANDIDATES} candidates are compared; {left}.")
            return
        else:
            seen[line] = number
            yield number, line


def _read(checkpoint: Checkpoint, choice: Choice, run: Run, line: str, ends: bool, fillings: bool) -> list[int]:
    """y_1 .. y_n of one line; for a BERT with its special tokens around it. InputError where it cannot be read."""
    from explorer.model.reading import InputError, read_continuation, read_target, read_text

    tokenizer, config = checkpoint.tokenizer, run.entry.config
    end = tokenizer.special_ids.get("[EOS]")
    if config.has_cross_attention:
        return [*read_target(checkpoint, line)[1:], end]
    if config.has_decoder:
        if tokenizer.units == "characters":
            line = line.replace("\\n", "\n")
        ids = read_continuation(checkpoint, list(run.tokens.ids), line)
        return [*ids, end] if ends and end is not None else ids
    ids = read_text(checkpoint, filled(choice.text, line, tokenizer.token_of(MASK)) if fillings else line)
    if tokenizer.id_of(MASK) in ids:
        mask = tokenizer.token_of(MASK)
        raise InputError(f"A {mask} is left in the sentence: put a word in its place, so that it can be scored.")
    return ids


def _score(checkpoint: Checkpoint, run: Run, targets: list[list[int]]) -> list[Factorisation]:
    from explorer.model.scoring import masked_logits, target_logits

    if not targets:
        return []
    if not run.entry.config.has_decoder:
        found = []
        for ids in targets:
            positions = range(1, len(ids) - 1)
            logits = masked_logits(checkpoint.model, ids, positions, checkpoint.tokenizer.id_of(MASK))
            found.append(factorise(logits, ids[1:-1]))
        return found
    prefix, sources = list(run.tokens.ids), None
    if run.source:
        prefix, sources = prefix[:1], [list(run.source.ids)] * len(targets)
    logits = target_logits(checkpoint.model, [prefix] * len(targets), targets, sources)
    return [factorise(each, ids) for each, ids in zip(logits, targets, strict=True)]


def _own_line(checkpoint: Checkpoint, run: Run, width: int) -> str:
    from explorer.model.beam import beam_search
    from explorer.model.run import max_target

    tokenizer, config = checkpoint.tokenizer, run.entry.config
    ids = list(run.tokens.ids)
    if not config.has_decoder:
        gaps = [i for i, token in enumerate(ids) if token == tokenizer.id_of(MASK)]
        return f" {GAP} ".join(tokenizer.decode([int(run.trace.logits[i].argmax())]).strip() for i in gaps)
    prefix, sources, room = ids, None, min(NEW, config.max_len - len(ids) + 1)
    if run.source:
        prefix, sources, room = ids[:1], [list(run.source.ids)], max_target(len(run.source), config.max_len)
    end = tokenizer.special_ids.get("[EOS]")
    best = beam_search(checkpoint.model, prefix, end, room, width, sources=sources)[0][0]
    return tokenizer.decode(best.ids).replace("\n", "\\n").rstrip()


def _size(found: Compared) -> int:
    return 1_000 + sum(200 + len(each.text) + 100 * len(each.factors) for each in found.candidates)


_compared: BoundedCache[Compared] = BoundedCache(CACHED_FACTORS, _size, place=place)
_own: BoundedCache[str] = BoundedCache(CACHED_TEXTS, lambda text: 100 + len(text), place=place)
