"""The shared cache: bounded by bytes, fair to what is used, and made once however many ask."""

import sys
import threading
from contextlib import contextmanager

import pytest

from explorer.ui.bounded import BoundedCache, Budget, size_of_key

KEY = sys.getsizeof("a")  # what every key of one letter adds


def cache(max_bytes=10, keys=3, **options):
    """Room for ``max_bytes`` of values and for that many keys."""
    return BoundedCache(max_bytes + keys * KEY, len, **options)


def test_made_once_and_found_again():
    made, shared = [], cache()
    for _ in range(3):
        assert shared.get("a", lambda: made.append(1) or "xyz") == "xyz"
    assert made == [1]
    assert "a" in shared and "b" not in shared
    assert shared.nbytes == 3 + KEY


def test_what_was_not_used_longest_goes_first():
    shared = cache(10)
    for key in "abc":
        shared.get(key, lambda: "xxx")
    shared.get("a", lambda: "new")  # used again: now b is the oldest
    shared.get("d", lambda: "xxx")
    assert [key in shared for key in "abcd"] == [True, False, True, True]
    assert shared.nbytes == 9 + 3 * KEY
    shared.get("e", lambda: "x" * (9 + 2 * KEY))
    assert [key in shared for key in "acde"] == [False, False, False, True]


def test_a_value_that_is_too_large_alone_is_kept_until_the_next():
    shared = cache(10)
    shared.get("large", lambda: "x" * 999)
    assert "large" in shared
    shared.get("small", lambda: "x")
    assert "large" not in shared and "small" in shared


def test_what_raises_is_tried_again():
    shared = cache()

    def fail():
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            shared.get("a", fail)
    assert "a" not in shared
    assert shared.get("a", lambda: "yes") == "yes"


def test_many_threads_make_it_once():
    shared, made, go = cache(), [], threading.Barrier(7)

    def make():
        made.append(1)
        return "abc"

    def ask():
        go.wait()
        for key in ("a", "b", "a"):
            assert shared.get(key, make) == "abc"

    threads = [threading.Thread(target=ask) for _ in range(7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2


def test_a_key_counts_with_the_texts_in_it():
    assert size_of_key("x" * 20_000) > 20_000
    assert size_of_key(("model", ("x" * 20_000, 7), "y" * 300)) > 20_300
    shared = BoundedCache(50_000, len)
    for n in range(7):
        shared.get(("model", "x" * 20_000 + str(n)), lambda: "tiny")
    assert [("model", "x" * 20_000 + str(n)) in shared for n in range(7)] == [False] * 5 + [True] * 2


def test_several_caches_have_one_bound_together():
    budget, dropped = Budget(100 + 5 * KEY), []
    one, other = (cache(1_000, budget=budget, on_drop=dropped.append) for _ in range(2))
    for key in "abc":
        one.get(key, lambda: "x" * 20)
    other.get("d", lambda: "x" * 20)
    one.get("a", lambda: "")  # used again
    other.get("e", lambda: "x" * 30)  # 110 in all: b has not been asked for longest
    assert dropped == ["b"] and "a" in one and "c" in one and "d" in other
    assert budget.nbytes == one.nbytes + other.nbytes == 90 + 4 * KEY
    other.get("f", lambda: "x" * 900)  # larger than all: alone, until the next one comes
    assert dropped == list("bcdae") and "f" in other and one.nbytes == 0
    one.get("g", lambda: "x" * 7)
    assert dropped[-1] == "f" and budget.nbytes == 7 + KEY


def test_values_that_are_dropped_are_counted_no_more():
    budget = Budget(1_000)
    one, other = cache(budget=budget), cache(budget=budget)
    for shared in (one, other):
        for key in "ab":
            shared.get(key, lambda: "xyz")
    budget.drop(lambda key: key == "a")
    assert one.keys() == other.keys() == ["b"] and budget.nbytes == 2 * (3 + KEY)


def test_what_is_there_needs_no_place_and_what_is_made_has_one():
    entered = []

    @contextmanager
    def place():
        entered.append("in")
        yield
        entered.append("out")

    shared = cache(place=place)
    assert shared.get("a", lambda: entered.append("made") or "xyz") == "xyz"
    assert shared.get("a", lambda: "new") == "xyz"
    assert entered == ["in", "made", "out"]


def test_who_waits_for_a_place_holds_no_lock():
    """One waits for a place with the same key in mind as one who has the place: that one goes on."""
    busy, arrived = threading.Lock(), threading.Event()

    @contextmanager
    def place():
        arrived.set()
        with busy:
            yield

    shared, got = cache(place=place), []
    with busy:
        waits = threading.Thread(target=lambda: got.append(shared.get("a", lambda: "late")))
        waits.start()
        assert arrived.wait(20)
        shared._place = lambda: contextmanager(lambda: iter([None]))()  # this thread is at the place already
        assert shared.get("a", lambda: "first") == "first"
    waits.join(20)
    assert got == ["first"]
