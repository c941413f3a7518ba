"""huggingface_hub as the explorer uses it: loaded when it is first needed, and telling nobody anything.

Nothing here reaches the network. What does is in ``explorer.hub.download``, when a visitor asks for a download.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

PIECE = 2**18  # bytes


def hub() -> ModuleType:
    """The library, with three of its switches and one of its sizes set.

    Telemetry is off: its requests name the program and Python's version only. Xet, the hub's own protocol for large
    files, is off, because a transfer by it cannot be stopped halfway; plain HTTP is used instead.
    """
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # for whatever of it is yet to be loaded
    import huggingface_hub
    import huggingface_hub.errors
    from huggingface_hub import constants

    constants.HF_HUB_DISABLE_TELEMETRY = True  # for what was loaded before
    constants.HF_HUB_DISABLE_XET = True
    # After each piece the progress is told and a download can be stopped: ten megabytes, the library's own, are a long
    # wait over a slow line.
    constants.DOWNLOAD_CHUNK_SIZE = min(constants.DOWNLOAD_CHUNK_SIZE, PIECE)
    return huggingface_hub


def cache_folder() -> Path:
    """The cache that all programs of Hugging Face share; HF_HOME or HF_HUB_CACHE move it."""
    hub()
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def cached_file(name: str, file: str, revision: str) -> Path | None:
    """A file of a model in the cache, at a branch, tag or commit as it was last downloaded; None if it is not there."""
    found = hub().try_to_load_from_cache(name, file, cache_dir=cache_folder(), revision=revision)
    return Path(found) if isinstance(found, str) else None


class Bar:
    """What the library takes for a progress bar: it hands on how many bytes have arrived. Made once for each file."""

    def __init__(self, *args: Any, initial: int = 0, **options: Any) -> None:
        self.n = 0
        if initial:
            self.update(initial)

    def update(self, n: float | None = 1) -> None:
        """``n`` more bytes are there; fewer than none, where a transfer began anew."""
        self.n += int(n or 0)
        self.arrived(self.n)

    def arrived(self, n: int) -> None:
        """Of this file, ``n`` bytes are there. Whatever this raises ends the transfer."""
        raise NotImplementedError

    def close(self) -> None:
        """Nothing to put away."""

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def delete_snapshot(folder: Path) -> int:
    """Delete one downloaded commit of a model, and those of its files that no other commit needs; the bytes freed.

    A folder that the library does not know as a snapshot in its cache is left alone.
    """
    try:
        found = hub().scan_cache_dir(cache_folder())
    except (hub().errors.CacheNotFound, ValueError):
        return 0
    for repository in found.repos:
        for revision in repository.revisions:
            if repository.repo_type == "model" and revision.snapshot_path.resolve() == folder.resolve():
                # The library looks for the commit in all repositories, and one that was renamed shares its commits.
                strategy = replace(found, repos=frozenset([repository])).delete_revisions(revision.commit_hash)
                strategy.execute()
                return strategy.expected_freed_size
    return 0
