"""Tokens with their probabilities as bars: what a model says, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.components.base import declare, from_browser, plain, sent_by


@dataclass(frozen=True)
class TokenBar:
    """One token and its probability."""

    label: str  # the token as the screen writes it
    token_id: int  # shown on hover
    probability: float  # 0 to 1; the bar's length, never rescaled
    rank: int | None = None  # stands before the token; where ranks are left out between two bars, a row "…" says so


@dataclass(frozen=True)
class BarGroup:
    """Bars under one heading; an empty heading is left out."""

    heading: str
    bars: tuple[TokenBar, ...]
    marked: int | None = None  # the id of the token that was taken: it is framed
    tail: tuple[str, float] | None = None  # all the others, in words and as one probability: a quiet last row


def token_bars(
    groups: Sequence[BarGroup], *, key: str, on_pick: Callable[[int, int], None] | None = None, pick_title: str = ""
) -> None:
    """Draw groups of tokens with bars; full precision and the token's id on hover.

    Parameters
    ----------
    on_pick : called with (group, bar), counted from 0, before the next run
        With it, each bar is a button: for the pointer, and for Tab and Enter. "…" and the tail are none.
    pick_title : str
        What a click does, in a few words ("write this one instead"): on hover, behind the numbers.
    """

    def picked() -> None:
        value = sent_by(key, "pick")
        if on_pick and (group := from_browser(value, group=len(groups))):
            bars = groups[group[0]].bars
            if pair := from_browser(value, group=len(groups), bar=len(bars)):
                on_pick(*pair)

    data = {"groups": [plain(group) for group in groups], "picks": on_pick is not None, "pick_title": pick_title}
    declare("token_bars")(data=data, key=key, on_pick_change=picked)
