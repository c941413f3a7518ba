"""Signed numbers as a list of bars about 0: what adds most, and what takes away most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.components.base import declare, from_browser, number_for_browser, plain, sent_by


@dataclass(frozen=True)
class SignedBar:
    """One number and what it is."""

    label: str
    value: float


def signed_bars(
    bars: Sequence[SignedBar],
    *,
    key: str,
    title: str,
    ends: Sequence[SignedBar] = (),
    picked: int | None = None,
    on_pick: Callable[[int], None],
) -> None:
    """Draw one row per number, each of them a button, in the order given.

    Parameters
    ----------
    title : str
        What the list shows, for those who cannot see it.
    ends : sequence of SignedBar
        Rows below the others that cannot be picked: all that was left out, or a sum. They have numbers and no bars.
    picked : int
        The row that is framed, counted from 0.
    on_pick : called with the row, counted from 0, before the next run
    """

    def chosen() -> None:
        if place := from_browser(sent_by(key, "pick"), bar=len(bars)):
            on_pick(*place)

    data = {
        "title": title,
        "bars": [_for_browser(bar) for bar in bars],
        "ends": [_for_browser(bar) for bar in ends],
        "limit": max((abs(bar.value) for bar in bars), default=0.0),
        "picked": picked,
    }
    declare("signed_bars", "signed_cells")(key=key, data=data, on_pick_change=chosen)


def _for_browser(bar: SignedBar) -> dict[str, object]:
    return {**plain(bar), "value": number_for_browser(bar.value)}
