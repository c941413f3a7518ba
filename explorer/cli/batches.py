"""Many texts in few batches, and the answers in the order of the texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from explorer.cli.lines import Line

T, R = TypeVar("T"), TypeVar("R")

ROWS = 32  # texts in one batch
CELLS = ROWS * 64**2  # a batch's attention weights, of one head: what its memory grows with
WINDOW = 8 * ROWS  # lines that are sorted at a time: the first answers need not wait for the last line


def in_order(
    lines: Sequence[Line[T]],
    work: Callable[[list[T]], list[R]],
    length: Callable[[T], int] | None,
    done: Callable[[int], object],
) -> Iterator[tuple[Line[T], R | None]]:
    """Each line with its answer, None where it has nothing to answer.

    Parameters
    ----------
    work : function
        The answers to a batch. Its texts are of similar length, so that little of it is padding.
    length : function
        How many tokens a text has; None: the texts are taken one by one.
    done : function
        Told how many more lines have been worked through.
    """
    window = WINDOW if length else 1
    for start in range(0, len(lines), window):
        here = lines[start : start + window]
        answers: dict[int, R] = {}
        for batch in _batches([line for line in here if line.value is not None], length):
            found = work([line.value for line in batch])
            answers |= {line.number: each for line, each in zip(batch, found, strict=True)}
            done(len(batch))
        done(len(here) - len(answers))
        yield from ((line, answers.get(line.number)) for line in here)


def _batches(lines: list[Line[T]], length: Callable[[T], int] | None) -> Iterator[list[Line[T]]]:
    if length is None:
        yield from ([line] for line in lines)
        return
    batch: list[Line[T]] = []
    for line in sorted(lines, key=lambda line: length(line.value)):
        if batch and (len(batch) == ROWS or (len(batch) + 1) * length(line.value) ** 2 > CELLS):
            yield batch
            batch = []
        batch.append(line)
    if batch:
        yield batch
