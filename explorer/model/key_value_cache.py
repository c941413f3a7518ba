"""The key/value cache of one attention layer: what earlier positions offer to those that come after them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class _Store:
    """Memory for more positions than are there yet."""

    keys: Tensor  # [batch, head, room, d_k]
    values: Tensor  # [batch, head, room, d_v]
    filled: int  # how many positions have been written by anybody

    @classmethod
    def holding(cls, k: Tensor, v: Tensor, room: int) -> _Store:
        n = k.shape[2]
        store = cls(k.new_empty(*k.shape[:2], room, k.shape[3]), v.new_empty(*v.shape[:2], room, v.shape[3]), n)
        store.keys[:, :, :n], store.values[:, :, :n] = k, v
        return store


class KeyValueCache:
    """k [batch, head, position, d_k] and v [batch, head, position, d_v] of all positions read so far.

    A cache never changes: ``append`` gives a new one. The two share their memory, the new positions being written into
    room that was kept free behind the old ones, so that nothing is copied at most steps. Where that room is used up, or
    another continuation of the same cache was written there, the new cache gets memory of its own.
    """

    __slots__ = ("_store", "k", "v")

    def __init__(self, k: Tensor, v: Tensor, store: _Store | None = None) -> None:
        self.k, self.v = k, v
        self._store = store or _Store(k, v, k.shape[2])

    @property
    def length(self) -> int:
        return self.k.shape[2]

    def append(self, k: Tensor, v: Tensor) -> KeyValueCache:
        """This cache and the positions of ``k`` and ``v`` behind it."""
        store, start, end = self._store, self.length, self.length + k.shape[2]
        if store.filled != start or end > store.keys.shape[2]:
            store = _Store.holding(self.k, self.v, room=end + max(16, start // 2))
        store.keys[:, :, start:end], store.values[:, :, start:end] = k, v
        store.filled = end
        return KeyValueCache(store.keys[:, :, :end], store.values[:, :, :end], store)

    def take(self, rows: Tensor) -> KeyValueCache:
        """These rows of the batch, in this order; a row may be taken more than once."""
        return KeyValueCache(torch.index_select(self.k, 0, rows), torch.index_select(self.v, 0, rows))
