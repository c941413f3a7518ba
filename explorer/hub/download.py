"""A model from the Hugging Face hub into the cache that all programs of Hugging Face share.

One file after the other, the weights last: a snapshot that has its weights has everything. A file that is there
already is not fetched again, so a download that was stopped goes on with the next file; a connection that breaks in
the middle of a file is taken up where it broke.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from explorer.hub.files import ModelFiles, read_json
from explorer.hub.library import Bar, cache_folder, cached_file, hub
from explorer.hub.names import HubName, parse_name
from explorer.hub.offer import HubUnreachable, Offer, hub_errors, look_up
from explorer.hub.sizes import shown_bytes
from explorer.model.catalogue import CONFIG_FILE, CheckpointError

Progress = Callable[[int, int], Any]  # (bytes that are there, bytes in all)
Stop = Callable[[], bool]


class DownloadStopped(CheckpointError):
    """A download was stopped because it was asked to; what is complete of it stays in the cache."""


def download(
    name: str,
    revision: str | None = None,
    *,
    progress: Progress | None = None,
    stop: Stop | None = None,
    accept: Callable[[dict[str, Any]], Any] | None = None,
    endpoint: str | None = None,
) -> Path:
    """Fetch a model and return its folder in the cache.

    Without a connection, the model is taken from the cache if all of it is there.

    Parameters
    ----------
    name, revision
        "openai-community/gpt2"; the revision may stand in the name, "openai-community/gpt2@main".
    progress
        Called with the bytes that are there and those of the whole, after every piece that arrives.
    stop
        Asked before each file and after each piece; True ends the download.
    accept
        Called with config.json before the weights are fetched; it raises CheckpointError for a model that cannot be
        opened anyway.
    endpoint
        Another hub than HF_ENDPOINT or huggingface.co.

    Raises
    ------
    DownloadStopped
        If ``stop`` said so.
    CheckpointError
        One sentence: see ``explorer.hub.offer.look_up``; or the disk is too full.
    """
    hub_name = parse_name(name, revision)
    try:
        offer = look_up(hub_name, endpoint)
    except HubUnreachable:
        if folder := cached(hub_name):
            _accept(folder, accept)
            return folder
        raise
    _require_disk(offer)
    return _fetch(offer, progress or (lambda done, total: None), stop or (lambda: False), accept, endpoint)


def cached(hub_name: HubName) -> Path | None:
    """The folder of a model that is completely in the cache, or None. Reaches no network."""
    config = cached_file(hub_name.name, CONFIG_FILE, hub_name.revision)
    if config is None:
        return None
    try:
        return config.parent if all(path.is_file() for path in ModelFiles(config.parent).weights) else None
    except CheckpointError:  # no weights yet
        return None


def _fetch(offer: Offer, progress: Progress, stop: Stop, accept: Any, endpoint: str | None) -> Path:
    name, done, folder = offer.hub_name, 0, None
    for file, size in offer.files.items():
        _ask(stop, name)
        with hub_errors(name):
            bar = _bar(offer, done, progress, stop)
            path = Path(_get(name.name, file, offer.commit, endpoint, bar))
        done += size
        progress(done, offer.nbytes)
        if file == CONFIG_FILE:
            folder = path.parent
            _accept(folder, accept)
    # Remembers in the cache which commit the branch is at, for the days without a connection; costs one question.
    with suppress(CheckpointError), hub_errors(name):
        _get(name.name, CONFIG_FILE, name.revision, endpoint, None)
    return folder


def _get(name: str, file: str, revision: str, endpoint: str | None, bar: type[Bar] | None) -> str:
    return hub().hf_hub_download(
        name, file, revision=revision, cache_dir=cache_folder(), endpoint=endpoint, tqdm_class=bar
    )


def _bar(offer: Offer, before: int, progress: Progress, stop: Stop) -> type[Bar]:
    """The class of progress bars for a file that begins after ``before`` bytes of the whole."""

    class FileBar(Bar):
        def arrived(self, n: int) -> None:
            if before + n > offer.nbytes:
                raise CheckpointError(
                    f"The hub sends more of {offer.hub_name} than it announced; nothing is kept of it."
                )
            progress(before + n, offer.nbytes)
            _ask(stop, offer.hub_name)

    return FileBar


def _ask(stop: Stop, name: HubName) -> None:
    if stop():
        raise DownloadStopped(f"The download of {name} was stopped; its complete files are kept for the next time.")


def _accept(folder: Path, accept: Callable[[dict[str, Any]], Any] | None) -> None:
    if accept:
        accept(read_json(folder / CONFIG_FILE))


def _require_disk(offer: Offer) -> None:
    """CheckpointError if the disk with the cache has no room for the files that are not there yet."""
    name = offer.hub_name.name
    missing = sum(size for file, size in offer.files.items() if not cached_file(name, file, offer.commit))
    folder = cache_folder().absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if missing > (free := shutil.disk_usage(there).free):
        raise CheckpointError(
            f"{offer.hub_name} needs {shown_bytes(missing)} on the disk, and {shown_bytes(free)} are free there."
        )
