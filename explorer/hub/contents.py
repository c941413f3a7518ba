"""Which tensors a checkpoint holds, under names without the prefix that its class has put in front."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from explorer.hub.header import TensorInfo
from explorer.model.catalogue import CheckpointError, shown

# How NumPy reads the formats of numbers: the bits of bfloat16, which it does not know, are enough to compare.
_TYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<u2"}
_MAGNITUDE = 0x7FFF  # of bfloat16: all bits but the sign


class Contents:
    """The tensors of a checkpoint by name, none of them read unless ``is_zero`` or ``are_equal`` are asked.

    Raises
    ------
    CheckpointError
        One sentence, if two tensors have one name but for the prefix.
    """

    def __init__(self, header: Mapping[str, TensorInfo], prefixes: Iterable[str] = ()) -> None:
        self._full: dict[str, str] = {}
        self._header = header
        for full in header:
            name = _without(full, prefixes)
            if name in self._full:
                path = shown(header[full].file)
                raise CheckpointError(f"{path} has both {self._full[name]!r:.90} and {full!r:.90}, one tensor twice.")
            self._full[name] = full

    def __contains__(self, name: str) -> bool:
        return name in self._full

    def __iter__(self) -> Iterator[str]:
        return iter(self._full)

    def __len__(self) -> int:
        return len(self._full)

    def full_name(self, name: str) -> str:
        """The name as the file has it."""
        return self._full[name]

    def info(self, name: str) -> TensorInfo:
        return self._header[self._full[name]]

    def is_zero(self, name: str) -> bool:
        """Whether every number is 0; False for what is no format of numbers with a point."""
        array = self._read(name)
        if array is None:
            return False
        return not np.any(array & _MAGNITUDE if self.info(name).dtype == "BF16" else array)

    def are_equal(self, one: str, other: str) -> bool:
        """Whether both tensors hold the same numbers in the same format."""
        if (self.info(one).shape, self.info(one).dtype) != (self.info(other).shape, self.info(other).dtype):
            return False
        arrays = [self._read(name) for name in (one, other)]
        return arrays[0] is not None and arrays[1] is not None and bool(np.array_equal(*arrays))

    def _read(self, name: str) -> np.ndarray | None:
        """The numbers where they lie in the file, mapped into memory; its header was checked when it was read."""
        info = self.info(name)
        if info.dtype not in _TYPES or not info.nbytes:
            return None
        with info.file.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            begin = json.loads(file.read(length))[self._full[name]]["data_offsets"][0]
        return np.memmap(info.file, _TYPES[info.dtype], "r", 8 + length + begin, info.shape)


def _without(name: str, prefixes: Iterable[str]) -> str:
    return next((name.removeprefix(prefix) for prefix in prefixes if name.startswith(prefix)), name)
