"""Text that somebody typed, or that a model wrote, in the middle of Markdown."""

from __future__ import annotations

import re

WORD_JOINER = "\u2060"  # has no width
ADDRESS = re.compile(r"https?:(?=//)|www(?=\.)|@", re.IGNORECASE)  # what becomes a link however it is escaped


def literal(text: str) -> str:
    """Text that Markdown shows as it is: no link, no formula, no picture comes of it."""
    text = ADDRESS.sub(lambda found: found.group() + WORD_JOINER, text)
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>$~:&])", r"\\\1", text)


def token_name(label: str) -> str:
    """A token's label as code, which Markdown leaves alone; it needs more backticks than the label has in a row."""
    fence = "`"
    while fence in label:
        fence += "`"
    return f"{fence} {label} {fence}" if "`" in label else f"`{label}`"
