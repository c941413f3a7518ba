"""One head as lines between two columns of tokens: the wider and darker, the greater the weight."""

from __future__ import annotations

import numpy as np

from explorer.components.base import declare, pack
from explorer.components.head_map import Axis

THRESHOLD = 0.02  # a line for less would be thinner than the screen can show, and there are many of them


def token_lines(
    weights: np.ndarray,
    mask: np.ndarray,
    *,
    queries: Axis,
    keys: Axis,
    title: str,
    key: str,
    threshold: float = THRESHOLD,
) -> None:
    """Draw the lines; pointing at a token, or reaching it with the keys, shows its weights alone, as numbers.

    Parameters
    ----------
    weights : float32 array [query, key]
    mask : bool array [query, key]
        True where the query may look at the key.
    title : str
        What is shown, for those who cannot see it.
    threshold : float
        Lines of smaller weights are not drawn; the picture says how many those are and what they add up to.
    """
    meta = {"title": title, "queries": queries.labels, "keys": keys.labels, "threshold": threshold}
    data = pack(
        meta,
        weights=weights,
        mask=mask.astype(np.uint8),
        query_ids=np.array(queries.ids, dtype=np.int32),
        key_ids=np.array(keys.ids, dtype=np.int32),
    )
    declare("token_lines")(key=key, data=data)
