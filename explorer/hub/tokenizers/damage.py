"""Reading a tokenizer's files: whatever is wrong with one becomes one sentence that names it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from explorer.limits import TOKENIZER_BYTES
from explorer.model.catalogue import CheckpointError, sentence, shown


def read_bytes(path: Path) -> bytes:
    """A file's bytes; CheckpointError if it is missing, unreadable or absurdly large."""
    try:
        if path.stat().st_size > TOKENIZER_BYTES:
            raise CheckpointError(
                f"{shown(path)} has more than {TOKENIZER_BYTES // 2**20} MB, too much for a tokenizer."
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"{shown(path)} is missing: the model's texts cannot be read without it.") from None
    except OSError as error:
        raise CheckpointError(f"{shown(path)} cannot be read: {error.strerror}.") from None


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file; CheckpointError if there is none."""
    content = read_bytes(path)
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(sentence(f"{shown(path)} is not JSON: {error}")) from None
    if not isinstance(values, dict):
        raise CheckpointError(f"{shown(path)} must hold a JSON object: please download it again.")
    return values


def read_object_if_any(path: Path) -> dict[str, Any]:
    """As ``read_object``, and an empty one where there is no such file."""
    return read_object(path) if path.is_file() else {}


@contextmanager
def blamed_on(path: Path) -> Iterator[None]:
    """Turns what the libraries say of a damaged vocabulary into a CheckpointError that names the file."""
    try:
        yield
    except CheckpointError:
        raise
    except BaseException as error:
        # a panic of the Rust library is no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        said = str(error)
        said = f"{said[:200]}…" if len(said) > 200 else said or type(error).__name__
        raise CheckpointError(sentence(f"{shown(path)} holds no vocabulary that can be read: {said}")) from None
