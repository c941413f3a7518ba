"""A cache that all sessions share, bounded by the bytes that it holds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class BoundedCache(Generic[Value]):
    """Values by key; what has not been asked for longest goes first once all are larger than ``max_bytes`` together.

    Where two threads ask for the same key at once, one makes the value and the other waits for it. A value is kept
    even if it alone is too large, until the next one comes. What raises is not kept.
    """

    def __init__(self, max_bytes: int, size_of: Callable[[Value], int]) -> None:
        self.max_bytes, self._size_of = max_bytes, size_of
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    @property
    def nbytes(self) -> int:
        with self._lock:
            return sum(size for _, size in self._values.values())

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of ``key``, made by ``make`` if it is not there."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key][0]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._values:  # made while we waited
                    return self._values[key][0]
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
            for key in [key for key in self._values if is_meant(key)]:
                del self._values[key]

    def _keep(self, key: Hashable, value: Value) -> None:
        size = self._size_of(value)
        with self._lock:
            self._values[key] = value, size
            total = sum(each for _, each in self._values.values())
            while total > self.max_bytes and len(self._values) > 1:
                total -= self._values.popitem(last=False)[1][1]
