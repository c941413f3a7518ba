"""Rows of attention as text: who looks, and every token that is looked at, shaded by its weight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.components.base import declare, from_browser, pack, sent_by


@dataclass(frozen=True)
class Strip:
    """One row of an attention matrix."""

    title: str  # such as "layer 3, head 2"
    query: str  # the token that looks, as the screen writes it; "" where there is none to name
    query_id: int
    keys: tuple[str, ...]  # the tokens that it looks at
    key_ids: tuple[int, ...]
    weights: np.ndarray  # [key], from 0 to 1; drawn from their float32
    mask: np.ndarray | None = None  # [key], bool: True where the query may look; None: everywhere


def token_strip(
    strips: Sequence[Strip],
    *,
    key: str,
    on_pick: Callable[[int, int], None] | None = None,
    picked: tuple[int, int] | None = None,
    numbers: bool = True,
) -> None:
    """Draw the rows one below the other; each wraps over as many lines as it needs.

    Parameters
    ----------
    on_pick : called with (strip, key), counted from 0, before the next run
        With it, each key is a button. A masked key is none.
    picked : (strip, key), optional
        The key that is framed.
    numbers : bool
        Whether the weights stand under their tokens with three digits; all their digits are on hover either way.

    Raises
    ------
    ValueError
        If a strip has not as many keys as ids, weights and mask values.
    """
    for strip in strips:
        sizes = [len(strip.keys), len(strip.key_ids), len(strip.weights)]
        if len({*sizes, len(strip.keys) if strip.mask is None else len(strip.mask)}) > 1:
            raise ValueError(f"strip {strip.title!r} has {sizes} keys, ids and weights, and must have as many of each")

    def chosen() -> None:
        value = sent_by(key, "pick")
        if on_pick and (strip := from_browser(value, strip=len(strips))):
            n_keys = len(strips[strip[0]].keys)
            if pair := from_browser(value, strip=len(strips), key=n_keys):
                on_pick(*pair)

    meta = {
        "strips": [{"title": s.title, "query": s.query, "query_id": s.query_id, "keys": s.keys} for s in strips],
        "picked": picked,
        "picks": on_pick is not None,
        "numbers": numbers,
    }
    arrays = {}
    for n, strip in enumerate(strips):
        mask = np.ones(len(strip.keys), bool) if strip.mask is None else np.asarray(strip.mask, bool)
        arrays[f"weights{n}"] = np.asarray(strip.weights, dtype=np.float32)
        arrays[f"mask{n}"] = mask.astype(np.uint8)
        arrays[f"ids{n}"] = np.array(strip.key_ids, dtype=np.int32)
    declare("token_strip")(key=key, data=pack(meta, **arrays), on_pick_change=chosen)
