"""One sentence for a text that is unlike what the model was trained on. Needs no torch."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.model.catalogue import TOKENIZER_FILE, Entry
from explorer.ui.literal import literal

if TYPE_CHECKING:
    from explorer.model.tokenizer import TextTokenizer

LOOKED_AT = 2_000  # characters of a text: more than any model here reads
NAMED = 3  # words
LONGEST = 24  # characters of a word


def show_domain_hint(entry: Entry, *texts: str) -> None:
    """Say it, if a good part of the words is hardly known to the model; draws nothing otherwise."""
    known = entry.trained and not entry.family  # of a checkpoint from elsewhere nobody here knows what it has read
    words = _unfamiliar(entry, tuple(text[:LOOKED_AT] for text in texts)) if known else ()
    if words:
        st.caption(
            f"This model has read {literal(entry.about.reads)}: it hardly knows {_named(words)}, "
            "so expect odd guesses. It still runs."
        )


def _unfamiliar(entry: Entry, texts: tuple[str, ...]) -> tuple[str, ...]:
    path = entry.folder / TOKENIZER_FILE
    try:
        status = path.stat()
        return _unfamiliar_in(path, (status.st_mtime_ns, status.st_size), texts)
    except (OSError, ValueError):
        return ()  # what is wrong with the file, or with the text, is said where the model reads it


@lru_cache(maxsize=256)
def _unfamiliar_in(path: Path, stamp: tuple[int, int], texts: tuple[str, ...]) -> tuple[str, ...]:
    from explorer.model.domain import unfamiliar_words

    return unfamiliar_words(_tokenizer(path, stamp), texts)


@lru_cache(maxsize=16)
def _tokenizer(path: Path, stamp: tuple[int, int]) -> TextTokenizer:
    """The model's vocabulary by itself: the sidebar does not wait until torch has loaded the model."""
    from explorer.model.tokenizer import TextTokenizer

    return TextTokenizer.load(path)


def _named(words: tuple[str, ...]) -> str:
    """The first words, as code: Markdown leaves alone what stands in it, be it a formula, a link or an :emoji:."""
    shown = [_code(word) for word in words[:NAMED]]
    if more := len(words) - len(shown):
        shown.append(f"{more} more {'word' if more == 1 else 'words'}")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _code(word: str) -> str:
    """A word in backticks, of which there have to be more than the word itself has in a row."""
    word = word if len(word) <= LONGEST else f"{word[:LONGEST]}…"
    fence = "`"
    while fence in word:
        fence += "`"
    return f"{fence} {word} {fence}"
