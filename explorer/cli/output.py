"""What a command answers, one line for each line that it read, in their order: text or JSON, on stdout or in a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from explorer.cli.batches import in_order
from explorer.cli.errors import fail
from explorer.cli.lines import Asked, Line

T, R = TypeVar("T"), TypeVar("R")


@dataclass(frozen=True)
class Form:
    """How answers are written down."""

    as_text: Callable[[int, Any], str]  # from the number of a line and its answer
    as_json: Callable[[Any], dict[str, Any]]
    nothing: str = ""  # the text for a line that has no answer


def answer(
    asked: Asked,
    lines: Sequence[Line[T]],
    work: Callable[[list[T]], list[R]],
    form: Form,
    *,
    words: str,
    length: Callable[[T], int] | None = None,
) -> None:
    """Work through the lines in batches, with a progress bar on a terminal, and write the answers.

    Parameters
    ----------
    work : function
        From what some lines were read as to their answers.
    words : str
        What the progress bar says.
    length : function
        How many tokens a line has, by which batches are put together; None: the lines are taken one by one.

    Raises
    ------
    ValueError
        After Ctrl-C; what was answered until then is written.
    typer.Exit
        With code 1, where lines could not be read: after everything else is done.
    """
    write_down = _as_json if asked.json_lines else _as_text
    n = 0
    try:
        with _progress(len(lines), words) as done, _writing(asked.out) as write:
            for line, found in in_order(lines, work, length, done):
                write(write_down(line, found, form))
                n += 1
    except KeyboardInterrupt:
        written = f"the answers to the first {n} of {len(lines)} lines are written" if n else "nothing was written"
        raise ValueError(f"Interrupted: {written}") from None
    if wrong := [line for line in lines if line.error]:
        first = ", the first of them" if len(wrong) > 1 else ":"
        fail(f"{len(wrong)} of {len(lines)} lines could not be read{first} line {wrong[0].number}")


def one_line(text: str) -> str:
    """The text with its line breaks as signs, as the pages show them."""
    return text.replace("\r\n", "⏎").replace("\n", "⏎").replace("\r", "⏎")


def _as_text(line: Line[T], found: R | None, form: Form) -> str:
    return form.nothing if found is None else form.as_text(line.number, found)


def _as_json(line: Line[T], found: R | None, form: Form) -> str:
    content = {"error": line.error} if line.error else {"empty": True} if found is None else form.as_json(found)
    return json.dumps({"line": line.number, **content}, ensure_ascii=False)


@contextmanager
def _progress(total: int, words: str) -> Iterator[Callable[[int], None]]:
    from tqdm import tqdm

    with tqdm(total=total, desc=words, unit="line", delay=1, leave=False, disable=None) as bar:  # on a terminal alone
        yield bar.update


@contextmanager
def _writing(out: Path | None) -> Iterator[Callable[[str], None]]:
    """A function that writes a line. A file is there, or is replaced, once all is written or after Ctrl-C."""
    if out is None:
        sys.stdout.reconfigure(encoding="utf-8")
        yield _print
        return
    new = out.with_name(f".{out.name}.{uuid4().hex}")
    try:
        with new.open("w", encoding="utf-8", newline="\n") as file:
            yield partial(print, file=file)
        new.replace(out)
    except KeyboardInterrupt:
        if new.stat().st_size:
            new.replace(out)
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(out)) from None  # not the name of the passing file
    finally:
        new.unlink(missing_ok=True)


def _print(text: str) -> None:
    if not sys.stdout.isatty():
        print(text, flush=True)
        return
    from tqdm import tqdm

    with tqdm.external_write_mode(sys.stdout):  # not into the progress bar
        print(text, flush=True)
