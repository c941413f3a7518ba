"""All models there are: those that come with the explorer, and those that were added to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.hub.added import Added, read_added
from explorer.hub.curated import CURATED
from explorer.hub.entry import is_from_elsewhere, read_hub_entry
from explorer.model.catalogue import (
    CONFIG_FILE,
    CheckpointError,
    Entry,
    find_entry,
    pretrained_folder,
    read_catalogue,
    read_entry,
    unknown_name,
)
from explorer.model.files import stamp

if TYPE_CHECKING:
    import torch

    from explorer.model.checkpoint import Checkpoint

Stamp = tuple[int, int]


def read_added_entries() -> tuple[dict[str, Entry], list[str]]:
    """The models that were added by name, and one sentence for each that cannot be opened. Needs no torch."""
    models, problems = read_added()
    entries = {}
    for model in models:
        try:
            entries[model.name] = added_entry(model)
        except CheckpointError as error:
            problems.append(str(error))
    return entries, problems


def added_entry(model: Added) -> Entry:
    """The catalogue's entry of a model that was added; CheckpointError if its files cannot be opened."""
    return entry_of_folder(model.folder, model.name)


def entry_of_folder(folder: Path, name: str) -> Entry:
    """The entry of a folder in Hugging Face's layout, or in the explorer's own; CheckpointError as of their readers."""
    # Part of the cache's key: files that were replaced make another entry.
    return _read(folder, name, tuple(stamp(path) for path in (folder / CONFIG_FILE, *_weights(folder))))


def read_all() -> tuple[dict[str, Entry], list[str]]:
    """The explorer's own models first, then those that were added."""
    own, problems = read_catalogue()
    added, more = read_added_entries()
    return {**own, **added}, [*problems, *more]


def find_any(name: str) -> Entry:
    """The model of that name; CheckpointError, with the names there are, if there is none or it cannot be opened."""
    added = {model.name: model for model in read_added()[0]}
    if name in added:
        return added_entry(added[name])
    own = read_catalogue()[0]
    if added and name not in own and name not in _folders():  # of a folder that is damaged, find_entry says why
        raise CheckpointError(unknown_name("model", name, [*own, *added]))
    return find_entry(name)


def open_any(
    entry: Entry, device: torch.device | str = "cpu", progress: Callable[[float], None] = lambda share: None
) -> Checkpoint:
    """Load the model of an entry, wherever it comes from; CheckpointError if its files are damaged."""
    if entry.family:
        from explorer.hub.open import open_entry

        return open_entry(entry, device, progress)
    from explorer.model.checkpoint import load_checkpoint

    return replace(load_checkpoint(entry.folder, device), entry=entry)


@lru_cache(maxsize=64)
def _read(folder: Path, name: str, stamps: tuple[Stamp, ...]) -> Entry:
    if is_from_elsewhere(folder):
        licences = {curated.name: curated.licence for curated in CURATED}
        return read_hub_entry(folder, name, licences.get(name, "see the model's own page"))
    return replace(read_entry(folder), name=name)


def _folders() -> list[str]:
    root = pretrained_folder()
    return [path.name for path in root.iterdir()] if root.is_dir() else []


def _weights(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors"))
