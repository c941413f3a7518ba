"""Matrices of the same kind side by side: one scale, one pointer over all of them, every number read out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.components.base import declare, from_browser, pack, sent_by

ROLES = ("signed", "weight")


@dataclass(frozen=True)
class MatrixMap:
    """One picture."""

    title: str
    values: np.ndarray  # [row, column]; drawn and read out from their float32
    row_labels: tuple[str, ...] = ()  # such as tokens; without them, rows are numbers from 0
    column_labels: tuple[str, ...] = ()
    mask: np.ndarray | None = None  # bool [row, column]: False is hatched


def matrix_maps(
    maps: Sequence[MatrixMap],
    *,
    key: str,
    title: str,
    row_name: str,
    column_name: str,
    role: str = "signed",
    limit: float | None = None,
    first: int = 0,
    square: bool = False,
    picked: tuple[int, int, int] | None = None,
    on_pick: Callable[[int, int, int], None] | None = None,
    scale_name: str = "weight",
    pick_title: str = "see where it comes from",
    label_room: int = 92,
    own_numbers: bool = False,
) -> None:
    """Draw the pictures beside each other, or one below the other where there is no room.

    Parameters
    ----------
    title : str
        What is shown, for those who cannot see it.
    row_name, column_name : str
        What a row and a column are: "pos", "dimension".
    role : str
        "signed" (symmetric about 0) or "weight" (from 0, from the background up).
    limit : float
        Where the scale ends, the same for all; by default at 1 for weights, and for signed numbers at the largest
        absolute value in any of them.
    first : int
        What the first row and the first column are called: tokens are counted from 1, positions and dimensions from 0.
    square : bool
        Whether cells are as high as they are wide.
    picked : (map, row, column)
        The cell that is framed.
    on_pick : called with (map, row, column), counted from 0, before the next run; without it nothing can be picked
    scale_name : str
        What the numbers of the role "weight" are called beside their scale, where they are no weights of attention.
    pick_title : str
        What a click on a number is good for.
    label_room : int
        How long the longest label may be, in pixels, before its end is cut off.
    own_numbers : bool
        Whether the columns' labels are their numbers, such as distances.

    Raises
    ------
    ValueError
        For an unknown role.
    """
    if role not in ROLES:
        raise ValueError(f"role must be one of {', '.join(ROLES)}, not {role!r}")

    def chosen() -> None:
        value = sent_by(key, "pick")
        if on_pick and (which := from_browser(value, map=len(maps))):
            rows, columns = maps[which[0]].values.shape
            if place := from_browser(value, map=len(maps), row=rows, column=columns):
                on_pick(*place)

    if limit is None and role == "weight":
        limit = 1.0
    elif limit is None:
        limit = max((float(np.abs(each.values).max(initial=0.0)) for each in maps), default=0.0)
    meta = {
        "title": title,
        "row_name": row_name,
        "column_name": column_name,
        "role": role,
        "limit": limit,
        "first": first,
        "square": square,
        "picked": picked,
        "picks": on_pick is not None,
        "scale_name": scale_name,
        "pick_title": pick_title,
        "label_room": label_room,
        "own_numbers": own_numbers,
        "maps": [{"title": each.title, "rows": each.row_labels, "columns": each.column_labels} for each in maps],
    }
    arrays = {f"m{n}": np.asarray(each.values, dtype=np.float32) for n, each in enumerate(maps)}
    arrays |= {f"mask{n}": each.mask.astype(np.uint8) for n, each in enumerate(maps) if each.mask is not None}
    declare("matrix_maps", "plot")(key=key, data=pack(meta, **arrays), on_pick_change=chosen)
