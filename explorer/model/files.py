"""Writing files so that a reader never finds half of one, and telling whether one has been replaced."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4


def write_file(path: Path, content: bytes) -> None:
    """Write ``content`` beside ``path`` and move it there in one step: an interruption leaves the old file.

    Raises
    ------
    OSError
        If the folder is missing, full or not writable; nothing is left behind.
    """
    new = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        new.write_bytes(content)
        new.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None  # not the name of the passing file
    finally:
        new.unlink(missing_ok=True)


def stamp(path: Path) -> tuple[int, int]:
    """A file's time and size, which differ from another's in its place; zeros where there is none that can be seen."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0  # whoever reads it says so
    return status.st_mtime_ns, status.st_size
