"""A few curves over whole numbers (offsets, positions, tokens), drawn at once, every value read out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.components.base import declare, number_for_browser

STYLES = ("solid", "dashed", "dotted")


@dataclass(frozen=True)
class Curve:
    """One curve; told apart by its line, never by colour alone."""

    name: str
    values: np.ndarray  # [point]; what is not finite leaves a gap
    style: str = "solid"
    quiet: bool = False  # drawn in the colour of secondary text
    low: np.ndarray | None = None  # with ``high``: a band around the curve, [point]
    high: np.ndarray | None = None


def line_chart(
    curves: Sequence[Curve],
    *,
    key: str,
    title: str,
    x_name: str,
    labels: Sequence[str] = (),
    first: int = 0,
    from_zero: bool = False,
) -> None:
    """Draw the curves over x = first, first + 1, ...; the pointer or the arrow keys read one x out, with all digits.

    Parameters
    ----------
    title : str
        What is shown, for those who cannot see it.
    x_name : str
        What x counts: "offset k".
    labels : sequence of str
        A label for each x, such as tokens.
    first : int
        The first x: tokens are counted from 1, positions and distances from 0.
    from_zero : bool
        Whether the vertical axis holds 0 whatever the values are.

    Raises
    ------
    ValueError
        If the curves, their bands and the labels do not have as many points as each other, or a style is unknown.
    """
    sizes = {len(part) for c in curves for part in (c.values, c.low, c.high) if part is not None}
    if len(sizes | ({len(labels)} if labels else set())) > 1:
        raise ValueError(f"curves, bands and labels must have as many points as each other, not {sorted(sizes)}")
    for each in curves:
        if each.style not in STYLES:
            raise ValueError(f"style must be one of {', '.join(STYLES)}, not {each.style!r}")
    data = {
        "title": title,
        "x_name": x_name,
        "labels": list(labels),
        "first": first,
        "from_zero": from_zero,
        "curves": [
            {
                "name": each.name,
                "values": _numbers(each.values),
                "style": each.style,
                "quiet": each.quiet,
                "low": None if each.low is None else _numbers(each.low),
                "high": None if each.high is None else _numbers(each.high),
            }
            for each in curves
        ],
    }
    declare("line_chart", "plot", "readout")(key=key, data=data)


def _numbers(values: np.ndarray) -> list[float | str]:
    return [number_for_browser(value) for value in values]
