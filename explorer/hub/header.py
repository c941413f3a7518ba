"""The header of a safetensors file: names, types and shapes of its tensors, read without reading any tensor.

A file is eight bytes with the header's length N (little-endian), N bytes of JSON, and the tensors' bytes:
{"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ..., "__metadata__": {...}}, the offsets counted
from the first byte after the header (https://github.com/huggingface/safetensors, "Format"). Everything that it says is
checked against the file's size before anything is believed or allocated.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from explorer.limits import LONGEST_HEADER
from explorer.model.catalogue import CheckpointError, sentence, shown

_TYPES = {8: "F64 I64 U64", 4: "F32 I32 U32", 2: "F16 BF16 I16 U16", 1: "I8 U8 BOOL F8_E4M3 F8_E5M2"}
BYTES = {dtype: n for n, dtypes in _TYPES.items() for dtype in dtypes.split()}  # of one number


@dataclass(frozen=True)
class TensorInfo:
    """What a header says of one tensor."""

    file: Path
    dtype: str  # as safetensors writes it: "F32", "F16", "BF16", "I64", ...
    shape: tuple[int, ...]
    nbytes: int  # in the file


def read_header(path: Path) -> dict[str, TensorInfo]:
    """The tensors of one safetensors file by name, in the order in which they lie in it.

    Raises
    ------
    CheckpointError
        One sentence naming the file, and the tensor if one is wrong: not a safetensors file, cut off, or damaged.
    """
    if not path.is_file():  # a pipe or a device would never answer
        raise CheckpointError(f"{shown(path)} is missing or is not a file.")
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(start := file.read(8), "little")
            if len(start) < 8:
                raise ValueError(f"it has {size} bytes, fewer than any such file")
            if start == b"version ":
                raise ValueError("it is a pointer that Git LFS left in its place; run git lfs pull in that folder")
            if length > min(LONGEST_HEADER, size - 8):
                raise ValueError(f"it says that its header has {length:,} bytes, and the whole file has {size:,}")
            content = json.loads(file.read(length).decode(), object_pairs_hook=_unique)
        return _tensors(path, content, size - 8 - length)
    except OSError as error:
        raise CheckpointError(f"{shown(path)} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise CheckpointError(sentence(f"{shown(path)} is not an undamaged safetensors file: {error}")) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(content := dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice in its header")
    return content


def _tensors(path: Path, content: Any, data_bytes: int) -> dict[str, TensorInfo]:
    if not isinstance(content, dict):
        raise ValueError("its header is not an object")
    content.pop("__metadata__", None)
    if not content:
        raise ValueError("there is no tensor in it")
    spans = {}
    for name, entry in content.items():
        spans[name] = _span(name, entry)
    names = sorted(spans, key=spans.get)
    ends = [0, *(spans[name][1] for name in names)]
    for name, end in zip(names, ends, strict=False):
        if spans[name][0] != end:
            raise ValueError(f"the tensor {_short(name)} does not begin where the one before it ends")
    if ends[-1] != data_bytes:
        raise ValueError(f"its tensors have {ends[-1]:,} bytes, and {data_bytes:,} are there")
    return {
        name: TensorInfo(path, content[name]["dtype"], tuple(content[name]["shape"]), spans[name][1] - spans[name][0])
        for name in names
    }


def _span(name: str, entry: Any) -> tuple[int, int]:
    """Where a tensor's bytes begin and end; ValueError if type, shape and offsets do not go together."""
    where = f"the tensor {_short(name)}"
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"{where} has no dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BYTES:
        raise ValueError(f"{where} is of the type {_short(dtype)}, which the explorer does not know")
    if not _whole_numbers(shape) or not _whole_numbers(offsets) or len(offsets) != 2:
        raise ValueError(f"{where} has a shape or offsets that are not whole numbers")
    begin, end = offsets
    if end - begin != prod(shape) * BYTES[dtype]:
        raise ValueError(f"{where} of shape {_short(shape)} and type {dtype} cannot have {end - begin:,} bytes")
    return begin, end


def _whole_numbers(values: Any) -> bool:
    """At most 64 of them, each of at most 63 bits: so that their product is no work."""
    return isinstance(values, list) and len(values) <= 64 and all(type(v) is int and 0 <= v < 2**63 for v in values)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
