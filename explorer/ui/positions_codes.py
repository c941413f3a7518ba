"""Position codes as the views need them: computed once for all sessions, read-only."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import streamlit as st

from explorer.analysis.numbers import positions as numbers
from explorer.reference import sinusoidal_code
from explorer.ui.cache import prepare_torch
from explorer.ui.provenance import show_provenance


@lru_cache(maxsize=32)
def reference_code(length: int, d: int, reading: str, base: int) -> np.ndarray:
    """The NumPy reference's code, [position, d], in float64; at most 2 MB each."""
    code = sinusoidal_code(length, d, reading, float(base))
    code.flags.writeable = False
    return code


def show_code_provenance(pos: int, dim: int, d: int, reading: str, base: int) -> None:
    """The panel of one number of a sinusoidal code, beside what the models' own code computes."""
    prepare_torch()
    from explorer.model import position_codes

    shown = position_codes.sinusoidal_code(pos + 1, d, reading, float(base))[pos, dim]
    source = f"sinusoidal_code(n, {d}, {reading!r}, {base})[{pos}, {dim}] of the models' PyTorch"
    with st.container(key="provenance"):
        show_provenance(numbers.code(pos, dim, d, reading, float(base), float(shown), source))
