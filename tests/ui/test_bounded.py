"""The shared cache: bounded by bytes, fair to what is used, and made once however many ask."""

import threading

import pytest

from explorer.ui.bounded import BoundedCache


def cache(max_bytes=10):
    return BoundedCache(max_bytes, len)


def test_made_once_and_found_again():
    made, shared = [], cache()
    for _ in range(3):
        assert shared.get("a", lambda: made.append(1) or "xyz") == "xyz"
    assert made == [1]
    assert "a" in shared and "b" not in shared
    assert shared.nbytes == 3


def test_what_was_not_used_longest_goes_first():
    shared = cache(10)
    for key in "abc":
        shared.get(key, lambda: "xxx")
    shared.get("a", lambda: "new")  # used again: now b is the oldest
    shared.get("d", lambda: "xxx")
    assert [key in shared for key in "abcd"] == [True, False, True, True]
    assert shared.nbytes == 9
    shared.get("e", lambda: "x" * 8)
    assert [key in shared for key in "acde"] == [False, False, False, True]


def test_a_value_that_is_too_large_alone_is_kept_until_the_next():
    shared = cache(10)
    shared.get("large", lambda: "x" * 99)
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
