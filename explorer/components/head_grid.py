"""All heads of one kind of attention as one picture: a row per layer, a thumbnail of [query, key] weights per head."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from explorer.components.base import declare, from_browser, pack, sent_by


def head_grid(
    weights: np.ndarray,
    mask: np.ndarray,
    *,
    title: str,
    selected: tuple[int, int],
    key: str,
    on_select: Callable[[int, int], None],
    crossed: Sequence[tuple[int, int]] = (),
    scale_name: str = "weight",
    limit: float = 1.0,
    follows: tuple[str, str] | None = None,
) -> None:
    """Draw the thumbnails; a click, or the arrow keys and Enter, choose a head.

    Parameters
    ----------
    weights : float array [layer, head, query, key]
        Between 0 and ``limit``; sent as one byte each, so a thumbnail shows 256 shades.
    mask : bool array [query, key]
        True where the query may look at the key.
    title : str
        What is shown, for those who cannot see it: "Masked self-attention".
    selected : (layer, head)
        The head that is framed, counted from 0.
    on_select : called with (layer, head), counted from 0, before the next run of the script
    crossed : sequence of (layer, head)
        Heads that are crossed out: they are switched off.
    scale_name : str
        What the numbers are called beside their scale, where they are no weights.
    limit : float
        Where the scale ends.
    follows : (key, key), optional
        The keys of the select boxes for the layer and the head, whose entries begin with numbers counted from 1: a head
        that is chosen there is framed at once.
    """
    n_layers, n_heads = weights.shape[:2]

    def chosen() -> None:
        if pair := from_browser(sent_by(key, "select"), layer=n_layers, head=n_heads):
            on_select(*pair)

    shades = np.rint(weights / limit * 255).astype(np.uint8)
    meta = {
        "title": title,
        "selected": selected,
        "crossed": list(crossed),
        "scale_name": scale_name,
        "limit": limit,
        "follows": follows,
    }
    data = pack(meta, shades=shades, mask=mask.astype(np.uint8))
    declare("head_grid")(key=key, data=data, on_select_change=chosen)
