"""The models that were added to the explorer, for all sessions: which there are, and the loaded ones by bytes."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

import streamlit as st

from explorer.hub.models import read_added_entries
from explorer.model.catalogue import Entry
from explorer.ui.literal import literal
from explorer.ui.loaded import forget_model, loaded

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint

WATCHED_TOKENS = 64  # the length of text for which a model must have room beside its weights


def added_entries() -> tuple[dict[str, Entry], list[str]]:
    """The added models by name, and one sentence for each that cannot be opened; looked at once a second."""
    return _entries_in(int(time.monotonic()))


def load_added(entry: Entry, key: tuple, device: object) -> Checkpoint:
    """The model of an added entry, loaded once for all sessions, under a progress bar for whoever waits for it.

    ``key`` tells its files from others of the same name. CheckpointError if they are damaged or too large for the
    memory.
    """
    return loaded(entry, key, lambda: _open(entry, device))


def forget_added(name: str) -> None:
    """Let a model go that was taken off the list; sessions that are using it keep it until they are done."""
    _entries_in.cache_clear()
    forget_model(name)


def _open(entry: Entry, device: object) -> Checkpoint:
    from explorer.hub.files import ModelFiles
    from explorer.hub.memory import check, weight_bytes
    from explorer.hub.models import open_any
    from explorer.model.trace_size import trace_bytes

    n = min(WATCHED_TOKENS, entry.config.max_len)
    check(weight_bytes(ModelFiles(entry.folder).header), trace_bytes(entry.config, n, n), entry.name)
    words = f"Reading the weights of {literal(entry.name)}"
    bar = st.progress(0.0, words)
    try:
        # Each call asks whether the visitor has left or pressed Stop, which ends the loading.
        return open_any(entry, device, lambda share: bar.progress(share, words))
    finally:
        bar.empty()


@lru_cache(maxsize=1)
def _entries_in(second: int) -> tuple[dict[str, Entry], list[str]]:
    return read_added_entries()
