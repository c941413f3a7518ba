"""Caches that all sessions share, bounded by the bytes that they hold, each alone and all of them together."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar
from weakref import WeakSet

from explorer.limits import CACHE_BYTES

Value = TypeVar("Value")


@dataclass(slots=True)
class _Kept:
    value: object
    nbytes: int
    used: int  # the larger, the later it was asked for


class Budget:
    """The bytes that several caches may hold together, and the lock that they share."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.lock = threading.Lock()
        self.caches: WeakSet[BoundedCache] = WeakSet()
        self.clock = count()

    @property
    def nbytes(self) -> int:
        with self.lock:
            return sum(cache.total for cache in self.caches)

    def drop(self, is_meant: Callable[[Hashable], bool]) -> None:
        """Forget the values of all keys that are meant, in all caches."""
        for cache in list(self.caches):
            cache.drop(is_meant)


TOGETHER = Budget(CACHE_BYTES)


class BoundedCache(Generic[Value]):
    """Values by key; what has not been asked for longest goes first once all are larger than ``max_bytes`` together.

    Where two threads ask for the same key at once, one makes the value and the other waits for it. A value is kept
    even if it alone is too large, until the next one comes to any cache of the budget. What raises is not kept.

    Parameters
    ----------
    size_of : the bytes that a value holds; those of its key, with whole texts in it, are added
    place : what a value is made in: the place in line of a heavy job. It is taken before any lock, since who has a
        place may not wait for one who has none.
    budget : what this cache and others may hold together
    on_drop : called with the key of each value that was let go of
    """

    def __init__(
        self,
        max_bytes: int,
        size_of: Callable[[Value], int],
        *,
        place: Callable[[], AbstractContextManager] = nullcontext,
        budget: Budget = TOGETHER,
        on_drop: Callable[[Hashable], None] = lambda key: None,
    ) -> None:
        self.max_bytes, self.total = max_bytes, 0
        self._size_of, self._place, self._budget, self._on_drop = size_of, place, budget, on_drop
        self._values: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = budget.lock
        with self._lock:
            budget.caches.add(self)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    @property
    def nbytes(self) -> int:
        return self.total

    def keys(self) -> list[Hashable]:
        with self._lock:
            return list(self._values)

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of ``key``, made by ``make`` if it is not there."""
        if (kept := self._find(key)) is not None:
            return kept.value
        with self._place():
            with self._lock:
                making = self._making.setdefault(key, threading.Lock())
            with making:
                if (kept := self._find(key)) is not None:  # made while we waited
                    return kept.value
                try:
                    value = make()
                    self._keep(key, value)
                finally:
                    with self._lock:
                        self._making.pop(key, None)
        return value

    def drop(self, is_meant: Callable[[Hashable], bool]) -> None:
        """Forget the values of all keys that are meant."""
        with self._lock:
            keys = [key for key in self._values if is_meant(key)]
            for key in keys:
                self._remove(key)
        for key in keys:
            self._on_drop(key)

    def _find(self, key: Hashable) -> _Kept | None:
        with self._lock:
            kept = self._values.get(key)
            if kept is not None:
                kept.used = next(self._budget.clock)
                self._values.move_to_end(key)
            return kept

    def _keep(self, key: Hashable, value: Value) -> None:
        size = self._size_of(value) + size_of_key(key)
        with self._lock:
            if key in self._values:
                self._remove(key)
            self._values[key] = _Kept(value, size, next(self._budget.clock))
            self.total += size
            gone = []
            while self.total > self.max_bytes and len(self._values) > 1:
                gone.append((self, self._remove(next(iter(self._values)))))
            while sum(cache.total for cache in self._budget.caches) > self._budget.max_bytes:
                oldest = self._oldest_but(key)
                if oldest is None:
                    break
                gone.append((oldest, oldest._remove(next(iter(oldest._values)))))
        for cache, lost in gone:
            cache._on_drop(lost)

    def _oldest_but(self, key: Hashable) -> BoundedCache | None:
        """The cache whose first value was asked for longest ago, not counting the value that has just come."""
        filled = [each for each in self._budget.caches if each._values]
        filled = [each for each in filled if each is not self or next(iter(self._values)) != key]
        return min(filled, key=lambda cache: next(iter(cache._values.values())).used, default=None)

    def _remove(self, key: Hashable) -> Hashable:
        self.total -= self._values.pop(key).nbytes
        return key


def size_of_key(key: Hashable) -> int:
    """Bytes of a key: a visitor's texts are part of it, and may be long."""
    if isinstance(key, tuple):
        return sys.getsizeof(key) + sum(map(size_of_key, key))
    return sys.getsizeof(key)
