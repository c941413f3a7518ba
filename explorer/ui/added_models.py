"""The models that were added to the explorer, for all sessions: which there are, and the loaded ones by bytes."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

import streamlit as st

from explorer.hub.models import read_added_entries
from explorer.limits import WATCHED_TOKENS
from explorer.model.catalogue import Entry
from explorer.ui.literal import literal
from explorer.ui.loaded import forget_model

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint


def added_entries() -> tuple[dict[str, Entry], list[str]]:
    """The added models by name, and one sentence for each that cannot be opened; looked at once a second."""
    return _entries_in(int(time.monotonic()))


def forget_added(name: str) -> None:
    """Let a model go that was taken off the list; sessions that are using it keep it until they are done."""
    _entries_in.cache_clear()
    forget_model(name)


def open_added(entry: Entry, device: object) -> Checkpoint:
    """The model of an added entry, its weights read under a progress bar for whoever waits for it.

    CheckpointError if its files are damaged or too large for the memory.
    """
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
