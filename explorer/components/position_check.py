"""A badge that says how far the browser's position code is from the NumPy reference."""

from __future__ import annotations

import numpy as np

from explorer.components.base import declare, pack

TOLERANCE = 1e-12  # sines of angles up to 512, in float64: what is more than rounding is another formula


def position_check(codes: np.ndarray, *, base: int, key: str) -> None:
    """Send ``codes`` [position, d_model], float64, to be compared with what the browser draws by itself.

    A component of its own: its message is large, and changes only when the code does.
    """
    length, d = codes.shape
    halves = np.ascontiguousarray(codes, dtype="<f8").view("<i4").reshape(length, d, 2)
    meta = {"length": length, "d": d, "base": base, "tolerance": TOLERANCE}
    declare("position_check", "position_formula")(key=key, data=pack(meta, codes=halves))
