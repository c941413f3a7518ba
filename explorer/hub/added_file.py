"""``added.json``, the list of models that were added: read, checked, and changed by one writer at a time.

{"models": [{"name": "openai-community/gpt2", "source": "hub", "folder": "models--openai-community--gpt2/snapshots/...",
"revision": "main", "commit": "...", "bytes": 548105171}, {"name": "folder:mine", "source": "folder", "folder": "mine",
"bytes": 123}]}: folders are relative, to the cache of downloads or to the folder of models.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from filelock import FileLock, Timeout

from explorer.hub.files import read_json
from explorer.hub.settings import models_folder
from explorer.model.catalogue import CheckpointError, unknown_name
from explorer.model.files import write_file

FILE = "added.json"
FIELDS = {"name": str, "source": str, "folder": str, "bytes": int}
PATIENCE = 10  # seconds that a writer waits for another


def read_entries() -> list[dict[str, Any]]:
    """The list, empty if there is no file; CheckpointError if it is damaged."""
    root = models_folder()
    path, name = root / FILE, f"{root.name}/{FILE}"
    if not path.exists():
        return []
    entries = read_json(path, name).get("models")
    if not isinstance(entries, list):
        raise CheckpointError(f"{name} has no list of models: repair it, or delete it and add them again.")
    for entry in entries:
        right = isinstance(entry, dict) and all(type(entry.get(field)) is kind for field, kind in FIELDS.items())
        if not right or entry["source"] not in ("hub", "folder"):
            raise CheckpointError(f"{name} has an entry without {', '.join(FIELDS)}: repair it.")
    return entries


def entry_of(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The entry of that name; CheckpointError, with the closest name, if there is none."""
    for entry in entries:
        if entry["name"] == name:
            return entry
    if not entries:
        raise CheckpointError("No model was added yet.")
    raise CheckpointError(unknown_name("added model", name[:100], [entry["name"] for entry in entries]))


@contextmanager
def changed() -> Iterator[list[dict[str, Any]]]:
    """The list to change in place, written when the block ends well; no other session or program writes meanwhile.

    Raises
    ------
    CheckpointError
        If the file is damaged (it is then left as it is), or cannot be written.
    """
    root = models_folder()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f".{FILE}.lock", timeout=PATIENCE):
            entries = read_entries()
            yield entries
            content = json.dumps({"models": entries}, indent=2, ensure_ascii=False) + "\n"
            write_file(root / FILE, content.encode())
    except Timeout:
        raise CheckpointError("Another program is writing the list of models: try again in a moment.") from None
    except OSError as error:
        raise CheckpointError(f"{root.name}/{FILE} cannot be written: {error.strerror or 'no access'}.") from None
