"""What the figures are printed with: plain tables, and a way to watch long loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

# Takes what a loop goes through and a few words for it, and gives back the same to go through: a progress bar fits.
Watch = Callable[[Sequence[Any], str], Iterable[Any]]


def unwatched(items: Sequence[Any], words: str) -> Sequence[Any]:
    """A loop that nobody watches."""
    return items


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table: the first column to the left, figures to the right, two spaces between columns."""
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *others in lines:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()
