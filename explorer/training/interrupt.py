"""Ctrl-C that lets the current update finish, so that what is saved is whole."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def noticing_interrupts() -> Iterator[Callable[[], bool]]:
    """Within the block, the first Ctrl-C only makes the yielded function true; a second one raises KeyboardInterrupt.

    Works in the main thread alone, as all handling of signals does.
    """
    noticed = False

    def notice(*_) -> None:
        nonlocal noticed
        noticed = True
        print("\nFinishing this update, then saving; Ctrl-C again stops at once.", file=sys.stderr)
        # Not what was there before: a shell starts its background jobs with SIGINT ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, notice)
    try:
        yield lambda: noticed
    finally:
        signal.signal(signal.SIGINT, before)
