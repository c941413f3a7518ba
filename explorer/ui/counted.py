"""A bar for what is written token by token, where it takes longer than a moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

MOMENT = 0.3  # seconds before the bar comes, and between two looks at it
T = TypeVar("T")


@contextmanager
def bar(words: str) -> Iterator[Callable[[int, int], None]]:
    """What is to be called after each token, with how many there are and how many there can be.

    The bar comes only after a moment: drawing it would take longer than a small model does. Each time it is drawn,
    Streamlit looks whether the visitor has pressed Stop, or moved a control, and ends the run there.
    """
    shown, looked = None, time.monotonic()

    def done(i: int, n: int) -> None:
        nonlocal shown, looked
        if time.monotonic() - looked < MOMENT:
            return
        shown = shown or st.empty()
        shown.progress(min(i / n, 1.0), f"{words}: {i} of at most {n} tokens")
        looked = time.monotonic()

    yield done
    if shown:
        shown.empty()


def counted(steps: Iterable[T], words: str, n: int) -> Iterator[T]:
    """What ``steps`` yields, one for each token, under such a bar."""
    with bar(words) as done:
        for i, step in enumerate(steps, start=1):
            yield step
            done(i, n)
