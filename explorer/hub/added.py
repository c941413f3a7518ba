"""The models that were added to the explorer, kept in ``added.json`` in the folder of models.

A model is named as it stands in the explorer's addresses: "openai-community/gpt2" from the hub (with "@revision" where
that is not main), "folder:gpt2" for a folder. The file is no place of trust: each time it is read, a folder from the
hub must lie in Hugging Face's cache and any other in the folder of models, links and all.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.hub.added_file import FILE, changed, entry_of, read_entries
from explorer.hub.download import Progress, Stop, download
from explorer.hub.files import ModelFiles, shown_folder
from explorer.hub.folders import relative_name, require_inside, resolve, shown_typed
from explorer.hub.library import cache_folder, delete_snapshot
from explorer.hub.names import COMMIT, parse_name
from explorer.hub.settings import require_adding
from explorer.model.catalogue import CheckpointError

FOLDER = "folder:"  # begins the names of models from folders
Accept = Callable[[dict[str, Any]], Any]  # raises CheckpointError for a config.json that cannot be opened
Check = Callable[[Path, str], Any]  # of a folder and the model's name, before it is put on the list; raises likewise


@dataclass(frozen=True)
class Added:
    """One model that was added, its folder checked just now."""

    name: str  # "openai-community/gpt2", "openai-community/gpt2@<revision>", "folder:<path>"
    source: str  # "hub" or "folder"
    folder: Path
    revision: str | None  # of the hub
    commit: str | None  # of the hub: what the revision was when it was downloaded
    nbytes: int  # of its tensors, in the files


def read_added() -> tuple[list[Added], list[str]]:
    """The models in the order in which they were added, and one sentence for each that cannot be opened any more."""
    models, problems = [], []
    try:
        entries = read_entries()
    except CheckpointError as error:
        return [], [str(error)]
    for entry in entries:
        try:
            models.append(_checked(entry))
        except CheckpointError as error:
            problems.append(str(error))
    return models, problems


def added() -> list[Added]:
    """The models that were added and can be opened."""
    return read_added()[0]


def find_added(name: str) -> Added:
    """The added model of that name; CheckpointError if there is none, or its folder cannot be opened any more."""
    return _checked(entry_of(read_entries(), name))


def add_folder(typed: str, accept: Accept | None = None, check: Check | None = None) -> Added:
    """Add a folder inside the folder of models; CheckpointError if it may not be opened or holds no such model."""
    require_adding()
    folder = resolve(typed)
    files = _checked_files(folder, accept)
    name = relative_name(folder)
    if check:
        check(folder, FOLDER + name)
    return _write({"name": FOLDER + name, "source": "folder", "folder": name, "bytes": files.nbytes})


def add_from_hub(
    name: str,
    revision: str | None = None,
    *,
    progress: Progress | None = None,
    stop: Stop | None = None,
    accept: Accept | None = None,
    check: Check | None = None,
    endpoint: str | None = None,
) -> Added:
    """Download a model and add it; for the parameters and CheckpointErrors see ``explorer.hub.download.download``."""
    require_adding()
    hub_name = parse_name(name, revision)
    folder = download(hub_name.name, hub_name.revision, progress=progress, stop=stop, accept=accept, endpoint=endpoint)
    files = _checked_files(folder, None)
    if check:
        check(folder, str(hub_name))
    where = folder.resolve().relative_to(cache_folder().resolve()).as_posix()
    entry = {"name": str(hub_name), "source": "hub", "folder": where, "revision": hub_name.revision}
    return _write({**entry, "commit": folder.name, "bytes": files.nbytes})


def remove(name: str, delete_files: bool = False) -> None:
    """Take a model off the list. ``delete_files`` also frees the disk of what was downloaded for it.

    A folder that someone put into the folder of models is never deleted, nor is a snapshot that another model of the
    list still needs.

    Raises
    ------
    CheckpointError
        If there is no model of that name, or the list cannot be written.
    """
    require_adding()
    with changed() as entries:
        gone = entry_of(entries, name)
        entries.remove(gone)
    if delete_files and gone["source"] == "hub" and gone["folder"] not in [entry["folder"] for entry in entries]:
        with suppress(CheckpointError):  # gone already, or nothing of ours
            delete_snapshot(_checked(gone).folder)


def _checked_files(folder: Path, accept: Accept | None) -> ModelFiles:
    files = ModelFiles(folder)
    if accept:
        accept(files.config)
    if not files.config or not files.header:
        raise CheckpointError(f"{shown_folder(folder)} describes no model.")
    return files


def _checked(entry: dict[str, Any]) -> Added:
    """An entry of the file as a model whose folder may be opened now; CheckpointError otherwise."""
    name, folder = entry["name"], entry["folder"]
    if entry["source"] == "folder":
        return Added(name, "folder", resolve(folder), None, None, entry["bytes"])
    path, cache = (cache_folder() / folder).resolve(), cache_folder()
    if not path.is_relative_to(cache.resolve()) or not COMMIT.fullmatch(path.name):
        raise CheckpointError(f"{FILE} leads {shown_typed(name)} out of the cache of downloads: add it again.")
    if not path.is_dir():
        raise CheckpointError(f"What was downloaded of {shown_typed(name)} is gone: add it again.")
    require_inside(path, cache)
    return Added(name, "hub", path, entry.get("revision"), path.name, entry["bytes"])


def _write(entry: dict[str, Any]) -> Added:
    """Put an entry at the end of the list, or in the place of that of the same name."""
    with changed() as entries:
        names = [other["name"] for other in entries]
        place = names.index(entry["name"]) if entry["name"] in names else len(entries)
        entries[place : place + 1] = [entry]
    return _checked(entry)
