"""The models in memory, for all sessions: those that have files, and the untrained ones; each kind bounded by bytes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from explorer.limits import BUILT_BYTES, LAID_OUT_BYTES, LOADED_BYTES
from explorer.model.catalogue import Entry
from explorer.ui.bounded import TOGETHER, BoundedCache, Budget
from explorer.ui.queue import place

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint

TOKEN_BYTES = 300  # of a tokenizer, for each token: its text twice, its merge, and the tables that find them


def loaded(entry: Entry, files: tuple, make: Callable[[], Checkpoint]) -> Checkpoint:
    """The model of ``entry``, made by ``make`` if it is not in memory; ``files`` tells it from others of its name."""
    return (_loaded if entry.trained else _built).get((entry.name, *files), make)


def is_loaded(model: str) -> bool:
    """Whether the model is in memory already, so that nobody has to wait for it."""
    return any(key[0] == model for key in (*_loaded.keys(), *_built.keys()))


def forget_model(name: str) -> None:
    """Let a model go; sessions that are using it keep it until they are done."""
    for cache in (_loaded, _built):
        cache.drop(lambda key: key[0] == name)


def size_of_checkpoint(checkpoint: Checkpoint) -> int:
    """Bytes of its weights and tables, of the copy that decoding reads, and about those of its tokenizer."""
    model = checkpoint.model
    arrays = sum(array.nbytes for array in (*model.parameters(), *model.buffers()))
    return arrays + min(arrays, LAID_OUT_BYTES) + TOKEN_BYTES * checkpoint.tokenizer.vocab_size


def _forget_runs(key: Hashable) -> None:
    """A run whose blocks are computed on demand holds the weights of its model: it goes with it."""
    TOGETHER.drop(lambda other: isinstance(other, tuple) and other[:1] == key[:1])


_loaded: BoundedCache[Checkpoint] = BoundedCache(
    LOADED_BYTES, size_of_checkpoint, place=place, budget=Budget(LOADED_BYTES), on_drop=_forget_runs
)
_built: BoundedCache[Checkpoint] = BoundedCache(
    BUILT_BYTES, size_of_checkpoint, place=place, budget=Budget(BUILT_BYTES), on_drop=_forget_runs
)
