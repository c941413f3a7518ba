"""Places for heavy jobs: only so many at once in the whole process, first come first served; knows no screen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

EVERY = 0.2  # seconds after which a waiter looks up, so that one who has left is noticed


class Ticket:
    """One who waits."""

    def __init__(self, visitor: Hashable) -> None:
        self.visitor = visitor


class Jobs:
    """``with jobs.place(visitor):`` does the job at a place, once there is one.

    Each visitor has at most one place: a job inside a job goes on at the place that its thread has, and a second
    thread of the same visitor waits, without keeping others waiting.
    """

    def __init__(self, at_once: int) -> None:
        if at_once < 1:
            raise ValueError(f"there must be at least 1 place, not {at_once}")
        self.at_once = at_once
        self._running: set[Hashable] = set()  # visitors
        self._waiting: list[Ticket] = []  # in the order in which they came
        self._changed = threading.Condition()
        self._mine = threading.local()

    @property
    def n_running(self) -> int:
        return len(self._running)

    @property
    def n_waiting(self) -> int:
        return len(self._waiting)

    def holds(self) -> bool:
        """Whether this thread is at a place."""
        return getattr(self._mine, "holds", False)

    @contextmanager
    def place(self, visitor: Hashable, waits: Callable[[int], None] = lambda before: None) -> Iterator[None]:
        """A place for the job in the block.

        Parameters
        ----------
        visitor : whose job it is
        waits : called again and again while there is no place, with how many others are before this one; what it
            raises takes this one out of the line at once, and is raised here
        """
        if self.holds():
            yield
            return
        self._take(visitor, waits)
        self._mine.holds = True
        try:
            yield
        finally:
            self._mine.holds = False
            with self._changed:
                self._running.discard(visitor)
                self._changed.notify_all()

    def _take(self, visitor: Hashable, waits: Callable[[int], None]) -> None:
        ticket = Ticket(visitor)
        with self._changed:
            self._waiting.append(ticket)
            if self._begin(ticket):
                return
        try:
            while True:
                waits(self.before(ticket))  # outside the lock: it may draw on a screen
                with self._changed:
                    if self._begin(ticket):
                        return
                    self._changed.wait(EVERY)
                    if self._begin(ticket):
                        return
        except BaseException:
            with self._changed:
                self._waiting.remove(ticket)
                self._changed.notify_all()
            raise

    def before(self, ticket: Ticket) -> int:
        """How many others are at a place, or wait since earlier."""
        with self._changed:
            earlier = self._waiting[: self._waiting.index(ticket)]
            return len((self._running | {each.visitor for each in earlier}) - {ticket.visitor})

    def _begin(self, ticket: Ticket) -> bool:
        """Take a place if it is this one's turn: the first of those whose visitor has no place yet."""
        if len(self._running) >= self.at_once:
            return False
        if next((each for each in self._waiting if each.visitor not in self._running), None) is not ticket:
            return False
        self._waiting.remove(ticket)
        self._running.add(ticket.visitor)
        self._changed.notify_all()  # another place may be free for the next one
        return True
