"""What all sessions share: the catalogue, the loaded models and the finished runs, by names and texts only."""

from __future__ import annotations

import gc
import threading
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.limits import CACHED_FACTORS, CACHED_RUNS
from explorer.model.catalogue import (
    CONFIG_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    CheckpointError,
    Entry,
    pretrained_folder,
    read_catalogue,
)
from explorer.model.config import ARCHITECTURES
from explorer.model.files import stamp
from explorer.model.kinds import n_layers
from explorer.model.untrained import is_untrained_name, untrained_entry
from explorer.ui.added_models import added_entries, open_added
from explorer.ui.bounded import BoundedCache
from explorer.ui.counted import bar
from explorer.ui.loaded import loaded
from explorer.ui.queue import place

if TYPE_CHECKING:
    import torch

    from explorer.model.checkpoint import Checkpoint
    from explorer.model.run import Run
    from explorer.ui.session import Choice

BUILT = "_built"  # session key: the name of the untrained model that the visitor has built
MODEL_KEYS = ("model", "translator", "gpt", "bert", "model_a", "model_b")  # in the URL: what may name a model
Stamp = tuple[str, int, int]  # a file's path, time and size

_importing = threading.Lock()


def catalogue() -> tuple[dict[str, Entry], list[str]]:
    """The models by name, grouped by architecture, and one sentence for each damaged one; torch is not needed.

    Among those of one architecture, after the explorer's own stand those that were added, and then the untrained ones
    that this visitor has built, or that the address names.
    """
    models, problems = _in_folders()
    found = {**models, **_untrained(models)}
    order = sorted(found, key=lambda name: ARCHITECTURES.index(found[name].config.architecture))
    return {name: found[name] for name in order}, problems


def _in_folders() -> tuple[dict[str, Entry], list[str]]:
    """Those of them that have files: the explorer's own, and those that were added."""
    root = pretrained_folder()
    models, problems = _read_catalogue(str(root), _stamps_in(root, int(time.monotonic())))
    added, more = added_entries()
    return {**models, **added}, [*problems, *more]


def load(model: str) -> Checkpoint:
    """The model of that name on the chosen device, loaded once for all sessions.

    Raises
    ------
    CheckpointError
        One sentence saying what is wrong with its files, or with EXPLORER_DEVICE.
    """
    entry = find(model)
    return loaded(entry, (str(entry.folder), *_stamps(entry.folder)), lambda: _open(entry))


def find(model: str) -> Entry:
    """The model of that name; where another visitor has removed it meanwhile, the whole page is drawn again without."""
    # Most have files; what else the catalogue holds takes longer to find, and a page asks several times.
    entry = _in_folders()[0].get(model) or catalogue()[0].get(model)
    if entry is None:
        st.rerun()
    return entry


def is_added(entry: Entry) -> bool:
    """Whether a model was added to those that come with the explorer."""
    return entry.name in added_entries()[0]


def run(choice: Choice) -> Run:
    """The model's pass over the texts of ``choice``; InputError where they cannot be run."""
    return _runs.get(run_key(choice), lambda: _run(choice))


def has_run(choice: Choice) -> bool:
    """Whether that pass is in memory already, so that nobody has to wait for it."""
    return run_key(choice) in _runs


def run_statistics(choice: Choice) -> np.ndarray:
    """The statistics of all heads of the chosen kind over the chosen texts, [layer, head, statistic]; read-only."""
    finished = run(choice)  # may wait in line, which nobody does while others wait for what is made below
    with _work(finished, choice.kind):
        return _statistics.get((*run_key(choice), choice.kind), lambda: _compute_statistics(finished, choice.kind))


def all_weights(run: Run, kind: str) -> np.ndarray:
    """The weights of all heads of one kind: [layer, head, query, key]."""
    with _work(run, kind):
        return np.stack([run.attention(kind, layer).weights for layer in range(n_layers(run.entry.config, kind))])


def _work(run: Run, kind: str) -> AbstractContextManager:
    """Looking at all layers is work only where they are computed on demand."""
    return nullcontext() if isinstance(run.stack(kind).blocks, tuple) else place()


@cache
def prepare_torch() -> None:
    """Import torch and set it up for many visitors at once; the first call takes seconds."""
    with _importing:
        import torch
        from threadpoolctl import threadpool_limits

        import explorer.model.run  # noqa: F401  (with all that it imports)

        # A small model is slower on several threads, and the threads of several sessions fight: torch's and NumPy's.
        torch.set_num_threads(1)
        threadpool_limits(1)  # of every library that is loaded by now
        # What is loaded now stays: the collector need not look through it after every run.
        gc.collect()
        gc.freeze()


@cache
def warm_up() -> None:
    """Start importing torch in the background; later calls do nothing."""
    threading.Thread(target=prepare_torch, name="import torch", daemon=True).start()


def size_of_run(run: Run) -> int:
    """Bytes that a run's trace holds: what a cache of runs is bounded by."""
    from explorer.model.trace import nbytes

    return nbytes(run.trace)


_runs: BoundedCache[Run] = BoundedCache(CACHED_RUNS, size_of_run, place=place)
_statistics: BoundedCache[np.ndarray] = BoundedCache(CACHED_FACTORS, lambda array: array.nbytes)


@lru_cache(maxsize=4)
def _read_catalogue(root: str, stamps: tuple[Stamp, ...]) -> tuple[dict[str, Entry], list[str]]:
    return read_catalogue(Path(root))


def _untrained(models: dict[str, Entry]) -> dict[str, Entry]:
    """The untrained models that this visitor's session or address names; what cannot be built is left out."""
    names = [st.session_state.get(BUILT)]
    for key in MODEL_KEYS:
        names += [st.session_state.get(key), st.query_params.get(key)]
    found = {}
    for name in filter(is_untrained_name, names):
        with suppress(ValueError):
            found[name] = untrained_entry(name, models)
    return found


def _open(entry: Entry) -> Checkpoint:
    device = _prepare_device()
    if is_added(entry):
        return open_added(entry, device)
    from explorer.model.checkpoint import build_untrained, load_checkpoint

    return load_checkpoint(entry.folder, device) if entry.trained else build_untrained(entry, device)


def _prepare_device() -> torch.device:
    prepare_torch()
    from explorer.model.device import choose_device

    try:
        return choose_device()
    except ValueError as error:
        raise CheckpointError(f"{error}.") from None


def run_key(choice: Choice) -> tuple:
    """What tells one run from another: the model, its files and its texts."""
    folder = find(choice.model).folder
    return choice.model, choice.source, choice.target, choice.text, str(folder), _stamps(folder)


def _run(choice: Choice) -> Run:
    checkpoint = load(choice.model)
    from explorer.model.run import run as run_model

    if checkpoint.entry.config.has_cross_attention:
        with bar("The target") as done:
            return run_model(checkpoint, choice.target, choice.source, done)
    return run_model(checkpoint, choice.text)


def _compute_statistics(run: Run, kind: str) -> np.ndarray:
    from explorer.analysis.head_statistics import head_statistics

    statistics = head_statistics(all_weights(run, kind), kind)
    statistics.flags.writeable = False
    return statistics


def _stamps(folder: Path) -> tuple[Stamp, ...]:
    """Part of a cache's key: a model whose files have been replaced is another model."""
    return tuple(_stamp(folder / name) for name in (CONFIG_FILE, WEIGHTS_FILE, TOKENIZER_FILE))


@lru_cache(maxsize=8)
def _stamps_in(root: Path, second: int) -> tuple[Stamp, ...]:
    """The configurations of all folders, looked for once a second, as the files themselves."""
    folders = sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    return tuple(_stamp(folder / CONFIG_FILE) for folder in folders)


def _stamp(path: Path) -> Stamp:
    return _stamp_in(path, int(time.monotonic()))


@lru_cache(maxsize=1024)
def _stamp_in(path: Path, second: int) -> Stamp:
    """A file is looked at once a second: with ten models a page would otherwise ask a hundred times."""
    return str(path), *stamp(path)
