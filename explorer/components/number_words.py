"""Sentences whose numbers change: set by the browser itself, which is faster than Markdown with formulas."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.components.base import declare


def number_words(paragraphs: Sequence[str], *, key: str) -> None:
    """Write paragraphs in which ``**bold**`` is bold, ``~small~`` is small, and ``$n^2$`` is a formula.

    Formulas are written as ``parts/maths.js`` says: "{a}/{b}" is a fraction, and a line may break at "|".
    """
    declare("number_words", "maths")(key=key, data={"paragraphs": list(paragraphs)})
