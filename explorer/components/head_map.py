"""One head, enlarged: every weight as a cell, with its two tokens, its score and its weight at the pointer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.components.base import declare, from_browser, pack, sent_by


@dataclass(frozen=True)
class Axis:
    """The tokens along one side of the matrix."""

    labels: tuple[str, ...]
    ids: tuple[int, ...]


def head_map(
    weights: np.ndarray,
    scores: np.ndarray,
    mask: np.ndarray,
    *,
    queries: Axis,
    keys: Axis,
    pinned: tuple[int, int],
    title: str,
    score: str,
    key: str,
    on_pin: Callable[[int, int], None],
    follows: tuple[str, str] | None = None,
) -> None:
    """Draw the matrix; a click or the arrow keys pin a cell, whose row is written out below.

    Parameters
    ----------
    weights, scores : float32 array [query, key]
        Sent exactly as they are. ``scores`` are from before the mask.
    mask : bool array [query, key]
        True where the query may look at the key.
    pinned : (query, key)
        The cell that is framed, counted from 0.
    title : str
        What is shown, for those who cannot see it.
    score : str
        What the scores are made of, in plain text: "q·k/√m".
    on_pin : called with (query, key), counted from 0, before the next run
    follows : (key, key), optional
        The keys of the select boxes for the query and the key, whose entries begin with numbers counted from 1: a cell
        that is chosen there is framed at once.
    """
    n_queries, n_keys = weights.shape

    def chosen() -> None:
        if cell := from_browser(sent_by(key, "pin"), query=n_queries, key=n_keys):
            on_pin(*cell)

    meta = {
        "title": title,
        "queries": queries.labels,
        "keys": keys.labels,
        "pinned": pinned,
        "score": score,
        "follows": follows,
    }
    data = pack(
        meta,
        weights=weights,
        scores=scores,
        mask=mask.astype(np.uint8),
        query_ids=np.array(queries.ids, dtype=np.int32),
        key_ids=np.array(keys.ids, dtype=np.int32),
    )
    declare("head_map")(key=key, data=data, on_pin_change=chosen)
