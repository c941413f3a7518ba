"""Tokens with their probabilities as bars: what a model says, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.components.base import declare


@dataclass(frozen=True)
class TokenBar:
    """One token and its probability."""

    label: str  # the token as the screen writes it
    token_id: int  # shown on hover
    probability: float  # 0 to 1; the bar's length, never rescaled


@dataclass(frozen=True)
class BarGroup:
    """Bars under one heading; an empty heading is left out."""

    heading: str
    bars: tuple[TokenBar, ...]


def token_bars(groups: Sequence[BarGroup], *, key: str) -> None:
    """Draw groups of tokens with bars; full precision and the token's id on hover."""
    data = [{"heading": group.heading, "bars": [vars(bar) for bar in group.bars]} for group in groups]
    declare("token_bars")(data=data, key=key)
