"""The bar over what is written token by token: only where it takes longer than a moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from explorer.ui import counted


def script(moments: int, n: int) -> None:
    import streamlit as st

    from explorer.ui import counted as module

    clock = [0.0]

    def steps():
        for i in range(n):
            clock[0] += moments * module.MOMENT / 5
            yield i

    module.time = type("Clock", (), {"monotonic": staticmethod(lambda: clock[0])})
    st.session_state["found"] = list(module.counted(steps(), "A text", n))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], AppTest]:
    monkeypatch.setattr(counted, "time", counted.time)  # put back afterwards
    return lambda moments, n: AppTest.from_function(script, args=(moments, n)).run()


def test_what_is_quick_has_no_bar(run: Callable[[int, int], AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(counted.st, "empty", lambda: drawn.append(1))
    assert run(0, 7).session_state["found"] == list(range(7))
    assert not drawn


def test_what_is_slow_says_how_far_it_is(run: Callable[[int, int], AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    said = []

    class Place:
        def progress(self, share: float, words: str) -> None:
            said.append((share, words))

        def empty(self) -> None:
            said.append("taken away")

    monkeypatch.setattr(counted.st, "empty", Place)
    assert run(6, 3).session_state["found"] == [0, 1, 2]
    shares = [(1 / 3, 1), (2 / 3, 2), (1.0, 3)]
    assert said == [*((share, f"A text: {i} of at most 3 tokens") for share, i in shares), "taken away"]


def test_a_bar_is_gone_at_the_end(run: Callable[[int, int], AppTest]) -> None:
    app = run(6, 11)
    assert app.session_state["found"] == list(range(11))
    assert not app.exception
    assert "progress" not in {element.type for element in app.main}
