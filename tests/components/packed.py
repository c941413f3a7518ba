"""The browser's side of ``explorer.components.base.pack``, for tests: what a component was given."""

from __future__ import annotations

import json
from typing import Any

import numpy as np


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The meta values and the arrays of a packed message."""
    start = 4 + int.from_bytes(message[:4], "little")
    header = json.loads(message[4:start])
    arrays = {}
    for name, entry in header["arrays"].items():
        count, offset = int(np.prod(entry["shape"])), start + entry["offset"]
        arrays[name] = np.frombuffer(message, entry["dtype"], count, offset).reshape(entry["shape"])
    return header["meta"], arrays
