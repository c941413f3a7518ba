"""Several texts, token under token: where they part, how probable each token was, and who is ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.components.base import declare, number_for_browser, plain


@dataclass(frozen=True)
class AlignedToken:
    """One factor."""

    label: str  # the token as the screen writes it
    token_id: int
    p: float  # 0 to 1
    lead: float  # sum of the logs so far, less that of the text that is compared with; drawn with its sign


@dataclass(frozen=True)
class AlignedText:
    """One text."""

    name: str  # short: it stands before the tokens
    tokens: tuple[AlignedToken, ...]
    is_best: bool  # whether it is the one that the others are compared with
    common: int | None  # with how many tokens it begins as that one does: they are quiet, the next one is framed


def aligned_tokens(texts: Sequence[AlignedText], *, key: str, title: str) -> None:
    """Draw a row for each text and a column for each position; it scrolls inside if it must.

    Parameters
    ----------
    title : str
        What is shown, for those who cannot see it.
    """
    rows = [
        {**plain(text), "tokens": [{**plain(token), "lead": number_for_browser(token.lead)} for token in text.tokens]}
        for text in texts
    ]
    declare("aligned_tokens")(data={"title": title, "rows": rows}, key=key)
