"""One row of attention weights as bars that can be dragged, typed and moved by keys; the others follow at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from explorer.components.base import declare, pack, sent_by

Given = tuple[tuple[int, float], ...]  # (key, weight), by key


@dataclass(frozen=True)
class WeightRow:
    """One row of one head, before and after some of its weights were set by hand."""

    name: str  # which row, such as "decoder.2.1.4": an answer that speaks of another one is not heard
    labels: tuple[str, ...]  # of the keys
    ids: tuple[int, ...]
    own: np.ndarray  # [key], before
    edited: np.ndarray  # [key], after; equal to ``own`` where nothing is given
    mask: np.ndarray  # [key], bool: False is locked
    given: Given  # what was set by hand
    locked: str  # why a masked key cannot be set, in one sentence


def weight_row(
    row: WeightRow, *, key: str, title: str, problem: str = "", on_edit: Callable[[Given], None] | None = None
) -> None:
    """Draw the row: behind each key's bar its own weight, and a box with the number.

    While a bar is dragged, the others are computed in the browser by the rule of ``edited_row``; the server hears when
    it is let go.

    Parameters
    ----------
    title : str
        What is shown, for those who cannot see it.
    problem : str
        Why the last change was not taken, in one sentence.
    on_edit : called with all (key, weight) that are now set by hand, before the next run

    Raises
    ------
    ValueError
        If there is not one label, id, weight and mask value for each key.
    """
    sizes = {len(part) for part in (row.labels, row.ids, row.own, row.edited, row.mask)}
    if len(sizes) > 1:
        raise ValueError(f"labels, ids, weights and mask must have as many keys as each other, not {sorted(sizes)}")

    def edited() -> None:
        given = read_edit(row, sent_by(key, "edit"))
        if on_edit and given is not None:
            on_edit(given)

    meta = {
        "title": title,
        "name": row.name,
        "labels": row.labels,
        "ids": row.ids,
        "given": row.given,
        "locked": row.locked,
        "problem": problem,
    }
    arrays = {name: np.asarray(getattr(row, name), dtype=np.float32) for name in ("own", "edited")}
    message = pack(meta, mask=np.asarray(row.mask).astype(np.uint8), **arrays)
    declare("weight_row", "edited_row")(key=key, data=message, on_edit_change=edited)


def read_edit(row: WeightRow, sent: object) -> Given | None:
    """What the browser sent as weights of this row; None for anything else, a masked key among them."""
    if not isinstance(sent, dict) or sent.get("name") != row.name or not isinstance(sent.get("weights"), list):
        return None
    found: dict[int, float] = {}
    for pair in sent["weights"]:
        if not (isinstance(pair, Sequence) and len(pair) == 2):
            return None
        which, weight = pair
        if type(which) is not int or not 0 <= which < len(row.mask) or not row.mask[which] or which in found:
            return None
        if type(weight) not in (int, float) or not isfinite(weight) or not 0 <= weight <= 1:
            return None
        found[which] = float(weight)
    return tuple(sorted(found.items()))
