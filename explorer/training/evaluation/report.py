"""What the figures are printed with: plain tables; a way to watch long loops, and one to keep the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from explorer.model.catalogue import Figure
from explorer.model.measured import ByLength

# Takes what a loop goes through and a few words for it, and gives back the same to go through: a progress bar fits.
Watch = Callable[[Sequence[Any], str], Iterable[Any]]

# Takes a figure that sums a model up, or a table of figures by length: what is printed is for reading, this is for
# keeping. A list's append fits.
Keep = Callable[[Figure | ByLength], None]


def unwatched(items: Sequence[Any], words: str) -> Sequence[Any]:
    """A loop that nobody watches."""
    return items


def unkept(figure: Figure | ByLength) -> None:
    """A figure that is only printed."""


def percent(part: int, whole: int) -> str:
    """A share as a figure is written: "47.8 %"; nothing but all of it is "100 %"."""
    return "100 %" if part == whole else f"{min(100 * part / whole, 99.9):.1f} %"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table: the first column to the left, figures to the right, two spaces between columns."""
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *others in lines:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()
