"""What a command says when it cannot do what it was asked to: one sentence on stderr, and the exit code 1."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

from explorer.model.catalogue import sentence


@contextmanager
def one_sentence() -> Iterator[None]:
    """Whatever is wrong with the input is told in one sentence, and the exit code is 1."""
    try:
        yield
    except ValueError as error:
        fail(error)
    except BrokenPipeError:  # whoever reads has read enough (`| head`): typer ends the program without a word
        raise
    except OSError as error:
        fail(f"{error.filename or 'A file'} cannot be read or written: {error.strerror or error}")
    except KeyboardInterrupt:
        fail("Interrupted")


def fail(message: object) -> NoReturn:
    print(sentence(message), file=sys.stderr)
    raise typer.Exit(1)


def check_out(path: Path | None) -> None:
    """Notice what cannot be written before anything is computed; ValueError saying so. None is stdout."""
    if path is None:
        return
    if path.is_dir():
        raise ValueError(f"{path} is a folder: give --out the name of a file")
    if not path.parent.is_dir():
        raise ValueError(f"--out cannot be written: there is no folder {path.parent}")
    if path.exists() and not path.is_file():  # /dev/null, say: a file would be put in its place
        raise ValueError(f"{path} is not a file that can be replaced: give --out the name of one")
