"""The most probable tokens as bars, with all others together below them."""

from __future__ import annotations

import numpy as np

from explorer.analysis.predictions import top_k
from explorer.components.token_bars import BarGroup, TokenBar
from explorer.ui.cache import load

TOP = 5


def top_tokens(model: str, heading: str, logits: np.ndarray) -> BarGroup:
    """What ``model`` says with these logits, [vocab_size]."""
    found = top_k(logits, TOP)
    ids = found.ids.tolist()
    bars = map(TokenBar, load(model).tokenizer.labels(ids), ids, found.probabilities.tolist())
    others = float(max(0.0, 1 - found.probabilities.sum()))
    return BarGroup(heading, tuple(bars), tail=(f"all others ({len(logits) - len(ids):,})", others))
