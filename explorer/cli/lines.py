"""The lines that a command reads: from a file, from stdin, or one text from an option; and what each is read as."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
STDIN = Path("-")
BOM = b"\xef\xbb\xbf"  # some editors begin a file of UTF-8 with it


@dataclass(frozen=True)
class Line(Generic[T]):
    """One line of the input."""

    number: int  # 1 is the first
    value: T | None  # what it was read as; None for an empty line, and for one that cannot be read
    error: str = ""  # one sentence saying why it cannot be read


@dataclass(frozen=True)
class Asked:
    """What every command that works through lines is told about them."""

    file: Path | None  # with the lines; None or "-": stdin
    text: str | None  # one text in place of lines
    json_lines: bool
    out: Path | None  # where the answers go; None: stdout
    skip_errors: bool


def given_texts(asked: Asked, verb: str) -> list[str]:
    """The one text, else the lines of the file, else those of stdin.

    A line ends with a line feed alone, and is UTF-8; bytes that are not are left for the model's reading to refuse.

    Raises
    ------
    ValueError
        If there is both a file and a text, or nothing but a terminal to read from.
    """
    if asked.text is not None:
        if asked.file is not None:
            raise ValueError("Give either a file or one text, not both")
        return [asked.text]
    if asked.file is None and sys.stdin.isatty():
        raise ValueError(
            f"There is nothing to {verb}: name a file, pipe lines into the command, or give it one text with --text"
        )
    content = sys.stdin.buffer.read() if asked.file in (None, STDIN) else asked.file.read_bytes()
    lines = content.removeprefix(BOM).split(b"\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix(b"\r").decode("utf-8", "surrogateescape") for line in lines]


def understand(asked: Asked, texts: Sequence[str], read: Callable[[str], T]) -> list[Line[T]]:
    """Read every line, before any work is done for one of them.

    Parameters
    ----------
    read : function
        From a text to what the model needs; ValueError if it cannot be read.

    Raises
    ------
    ValueError
        One sentence about the first line that cannot be read, and how many others there are; with ``skip_errors`` the
        errors are kept with their lines.
    """
    numbered = asked.text is None
    lines = [_understand(number, text, read, numbered) for number, text in enumerate(texts, start=1)]
    wrong = [line for line in lines if line.error]
    if wrong and not (asked.skip_errors and numbered):
        raise ValueError(_first_of(wrong) if numbered else wrong[0].error)
    return lines


def _understand(number: int, text: str, read: Callable[[str], T], numbered: bool) -> Line[T]:
    if numbered and not text.strip():
        return Line(number, None)
    try:
        return Line(number, read(text))
    except ValueError as error:
        return Line(number, None, str(error))


def _first_of(wrong: list[Line]) -> str:
    others = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    return f"Line {wrong[0].number}{others} cannot be read (--skip-errors goes on without): {wrong[0].error}"
