"""Places for heavy jobs: how many at once, in which order, and what becomes of those who leave."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.ui.jobs import Jobs

pytestmark = pytest.mark.timeout(60)
PATIENCE = 20


class Left(Exception):
    """A waiter has had enough."""


class Visitor(threading.Thread):
    """Asks for a place, and keeps it until told."""

    def __init__(self, jobs: Jobs, name: str, order: list[str], inside: Callable[[], None] = lambda: None) -> None:
        super().__init__(daemon=True)
        self.jobs, self.visitor, self.order, self.inside = jobs, name, order, inside
        self.waits, self.has_place = threading.Event(), threading.Event()
        self.may_end, self.leaves = threading.Event(), threading.Event()
        self.said: list[int] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with self.jobs.place(self.visitor, self._wait):
                self.order.append(self.visitor)
                self.has_place.set()
                self.inside()
                assert self.may_end.wait(PATIENCE)
        except BaseException as error:
            self.error = error

    def _wait(self, before: int) -> None:
        self.said.append(before)
        self.waits.set()
        if self.leaves.is_set():
            raise Left

    def begin(self) -> Visitor:
        """Start, and come back when it either waits or has a place."""
        self.start()
        assert self.has_place.wait(0.05) or self.waits.wait(PATIENCE) or self.has_place.is_set()
        return self

    def end(self) -> None:
        self.may_end.set()
        self.join(PATIENCE)
        assert not self.is_alive()


@pytest.mark.parametrize("at_once", [1, 3])
def test_so_many_at_once_and_the_others_in_the_order_in_which_they_came(at_once):
    jobs, order = Jobs(at_once), []
    visitors = [Visitor(jobs, name, order).begin() for name in "abcdefg"]
    assert [each.has_place.is_set() for each in visitors] == [n < at_once for n in range(7)]
    assert [each.said[0] for each in visitors[at_once:]] == list(range(at_once, 7))  # others before each of them
    for n, each in enumerate(visitors):
        assert each.has_place.wait(PATIENCE)
        assert jobs.n_running <= at_once
        if n + at_once < 7:
            assert not visitors[n + at_once].has_place.is_set()
        each.end()
    assert sorted(order[:at_once]) == list("abc"[:at_once]) and order[at_once:] == list("abcdefg"[at_once:])
    assert (jobs.n_running, jobs.n_waiting) == (0, 0)


def test_one_who_leaves_is_out_of_the_line_at_once():
    jobs, order = Jobs(1), []
    first, second, third = (Visitor(jobs, name, order).begin() for name in "abc")
    assert third.said[0] == 2
    second.leaves.set()
    second.join(PATIENCE)
    assert isinstance(second.error, Left) and jobs.n_waiting == 1
    for _ in range(100):
        if third.said[-1] == 1:  # the number goes down while one looks
            break
        threading.Event().wait(0.1)
    assert third.said[-1] == 1
    first.end()
    assert third.has_place.wait(PATIENCE)
    third.end()
    assert order == ["a", "c"]


def test_a_job_that_fails_gives_its_place_back():
    def fail():
        raise ZeroDivisionError

    jobs, order = Jobs(1), []
    first = Visitor(jobs, "a", order, inside=fail)
    first.start()
    first.join(PATIENCE)
    assert isinstance(first.error, ZeroDivisionError)
    assert not jobs.holds()
    Visitor(jobs, "b", order).begin().end()
    assert order == ["a", "b"]


def test_a_job_inside_a_job_goes_on_at_its_place():
    jobs = Jobs(1)
    with jobs.place("a"):
        with jobs.place("a"):
            assert jobs.holds() and jobs.n_running == 1
        assert jobs.holds() and jobs.n_running == 1  # the inner one gives nothing back
    assert not jobs.holds() and jobs.n_running == 0


def test_one_visitor_has_one_place_and_keeps_nobody_waiting():
    jobs, order = Jobs(3), []
    first = Visitor(jobs, "a", order).begin()
    again = Visitor(jobs, "a", order).begin()
    other = Visitor(jobs, "b", order).begin()
    assert not again.has_place.is_set() and other.has_place.wait(PATIENCE)
    assert again.said[0] == 0  # nobody else is before
    first.end()
    assert again.has_place.wait(PATIENCE)
    again.end()
    other.end()
    assert order == ["a", "b", "a"]


def test_there_is_a_place():
    with pytest.raises(ValueError, match="at least 1 place, not 0"):
        Jobs(0)


@settings(max_examples=20)
@given(st.integers(1, 5), st.lists(st.sampled_from(["works", "fails", "leaves"]), min_size=1, max_size=13))
def test_whatever_they_do_no_place_is_lost(at_once, what_they_do):
    jobs, lock, now, most = Jobs(at_once), threading.Lock(), [0], [0]

    def visit(name: int, what: str) -> None:
        def leave(before: int) -> None:
            if what == "leaves":
                raise Left

        try:
            with jobs.place(name, leave):
                with lock:
                    now[0] += 1
                    most[0] = max(most[0], now[0])
                try:
                    if what == "fails":
                        raise Left
                finally:
                    with lock:
                        now[0] -= 1
        except Left:
            pass

    threads = [threading.Thread(target=visit, args=each, daemon=True) for each in enumerate(what_they_do)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    assert most[0] <= at_once
    assert (jobs.n_running, jobs.n_waiting) == (0, 0)
