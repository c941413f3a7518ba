"""The models that were added to the explorer, for all sessions: which there are, and the loaded ones by bytes."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

import streamlit as st

from explorer.hub.models import read_added_entries
from explorer.model.catalogue import Entry
from explorer.ui.bounded import BoundedCache

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint

LOADED_BYTES = 2 * 2**30  # of all loaded models together; one that is larger is kept until the next one comes
WATCHED_TOKENS = 64  # the length of text for which a model must have room beside its weights


def added_entries() -> tuple[dict[str, Entry], list[str]]:
    """The added models by name, and one sentence for each that cannot be opened; looked at once a second."""
    return _entries_in(int(time.monotonic()))


def load_added(entry: Entry, key: tuple, device: object) -> Checkpoint:
    """The model of an added entry, loaded once for all sessions, under a progress bar for whoever waits for it.

    ``key`` tells its files from others of the same name. CheckpointError if they are damaged or too large for the
    memory.
    """
    return _checkpoints.get((entry.name, *key), lambda: _open(entry, device))


def forget_added(name: str) -> None:
    """Let a model go that was taken off the list; sessions that are using it keep it until they are done."""
    _entries_in.cache_clear()
    _checkpoints.drop(lambda key: key[0] == name)


def _open(entry: Entry, device: object) -> Checkpoint:
    from explorer.hub.files import ModelFiles
    from explorer.hub.memory import check, weight_bytes
    from explorer.hub.models import open_any
    from explorer.model.trace_size import trace_bytes

    n = min(WATCHED_TOKENS, entry.config.max_len)
    check(weight_bytes(ModelFiles(entry.folder).header), trace_bytes(entry.config, n, n), entry.name)
    bar = st.progress(0.0, f"Reading the weights of {entry.name}")
    try:
        # Each call asks whether the visitor has left or pressed Stop, which ends the loading.
        return open_any(entry, device, lambda share: bar.progress(share, f"Reading the weights of {entry.name}"))
    finally:
        bar.empty()


def _size(checkpoint: Checkpoint) -> int:
    return sum(parameter.nbytes for parameter in checkpoint.model.parameters())


_checkpoints: BoundedCache[Checkpoint] = BoundedCache(LOADED_BYTES, _size)


@lru_cache(maxsize=1)
def _entries_in(second: int) -> tuple[dict[str, Entry], list[str]]:
    return read_added_entries()
