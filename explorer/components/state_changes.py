"""Where the states of a text moved when one word was changed: layers by positions, several models side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.components.base import declare, pack


@dataclass(frozen=True)
class ChangeMap:
    """One stack of one model."""

    title: str
    values: np.ndarray  # [row, position]: how far each state moved, 0 or more; NaN where there is nothing to compare
    row_labels: tuple[str, ...]  # the first row is the lowest, as the states go up
    column_labels: tuple[str, ...]  # the tokens
    changed: tuple[int, int] = (0, 0)  # the changed tokens, [first, last)
    unreached: int = 0  # so many positions at the start cannot hear of the change: what moves there is rounding


@dataclass(frozen=True)
class Machine:
    """One column of the picture."""

    title: str
    maps: tuple[ChangeMap, ...]
    problem: str = ""  # a sentence in place of maps


def state_changes(machines: Sequence[Machine], *, key: str, title: str) -> None:
    """Draw all maps on one scale, from exactly 0 to the largest change in any of them.

    Exactly 0 has the colour of the background, and whatever is more is seen to be more. A dot is rounding: below 1e-5,
    at a position that the change cannot reach (passes of different lengths add their numbers in another order).

    Parameters
    ----------
    title : str
        What is shown, for those who cannot see it.
    """
    values = [each.values for machine in machines for each in machine.maps]
    finite = [part[np.isfinite(part)].max(initial=0.0) for part in values]
    meta = {
        "title": title,
        "limit": float(max(finite, default=0.0)),
        "machines": [
            {
                "title": machine.title,
                "problem": machine.problem,
                "maps": [
                    {
                        "title": each.title,
                        "rows": each.row_labels,
                        "columns": each.column_labels,
                        "changed": each.changed,
                        "unreached": each.unreached,
                    }
                    for each in machine.maps
                ],
            }
            for machine in machines
        ],
    }
    arrays = {f"m{n}": part.astype(np.float32) for n, part in enumerate(values)}
    declare("state_changes")(key=key, data=pack(meta, **arrays))
