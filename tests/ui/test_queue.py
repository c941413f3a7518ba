"""The line for heavy jobs on a page: it says who is before, can be left, and goes when there is a place."""

from __future__ import annotations

import threading

import pytest
from streamlit.testing.v1 import AppTest

from explorer.ui import queue
from explorer.ui.jobs import Jobs
from explorer.ui.queue import waiting_words

pytestmark = pytest.mark.timeout(60)
PATIENCE = 20


def page() -> None:
    import streamlit as st

    from explorer.ui.queue import place

    st.title("A page")
    for n in (1, 2):
        with place():
            st.markdown(f"computed {n}")
    st.button("Another control")


def fragment_page() -> None:
    import streamlit as st

    from explorer.ui.queue import place

    @st.fragment
    def part():
        with place():
            st.markdown("computed")

    part()
    st.markdown("below")


@pytest.fixture
def jobs(monkeypatch) -> Jobs:
    jobs = Jobs(1)
    monkeypatch.setattr(queue, "jobs", jobs)
    return jobs


class Busy:
    """Somebody else who has the one place, until the page has waited ``looks`` times and ``then`` has been done."""

    def __init__(self, jobs: Jobs, monkeypatch, looks: int, then=None) -> None:
        self.ends, self.looks, self.said = threading.Event(), looks, []
        has_place = threading.Event()

        def work() -> None:
            with jobs.place("somebody else"):
                has_place.set()
                self.ends.wait(PATIENCE)

        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.start()
        assert has_place.wait(PATIENCE)
        go_on = queue._Wait.go_on

        def looked(wait, before: int) -> None:
            self.said.append(before)
            go_on(wait, before)
            self.looks -= 1
            if not self.looks:
                (then or self.ends.set)()

        monkeypatch.setattr(queue._Wait, "go_on", looked)


def words(app: AppTest) -> list[str]:
    return [element.value for element in app.markdown]


def test_where_there_is_a_place_nothing_is_said(jobs):
    app = AppTest.from_function(page).run()
    assert words(app) == ["computed 1", "computed 2"] and not app.exception
    assert [button.label for button in app.button] == ["Another control"]


@pytest.mark.parametrize("script", [page, fragment_page])
def test_it_waits_says_so_and_goes_on(jobs, monkeypatch, script):
    busy = Busy(jobs, monkeypatch, looks=2)
    app = AppTest.from_function(script, default_timeout=PATIENCE).run()
    assert busy.said and set(busy.said) == {1}
    assert not app.exception and "computed" in words(app)[0] and len(words(app)) == 2
    assert (jobs.n_running, jobs.n_waiting) == (0, 0)


def test_who_presses_stop_has_left_and_may_ask_again(jobs, monkeypatch):
    app = AppTest.from_function(page, default_timeout=PATIENCE).run()
    app.session_state[queue.COUNT] = 7
    pressed = []

    def draw_as_if_pressed(wait) -> None:
        pressed.append(1)
        draw(wait)

    draw = queue._Wait._draw
    monkeypatch.setattr(queue._Wait, "_draw", draw_as_if_pressed)
    busy = Busy(jobs, monkeypatch, looks=10**9)
    app.session_state[f"{queue.STOP}_7"] = True  # as a button's value is in the run after the click
    app.run()
    assert pressed and not app.exception
    assert "left the line" in app.info[0].value and not words(app)
    assert [button.label for button in app.button] == ["Ask again"]
    assert jobs.n_waiting == 0
    del app.session_state[f"{queue.STOP}_7"]
    busy.ends.set()
    busy.thread.join(PATIENCE)
    app.run()
    assert words(app) == ["computed 1", "computed 2"] and not app.info


def test_without_a_page_one_waits_too(jobs):
    with queue.place(), queue.place():
        assert jobs.n_running == 1
    assert jobs.n_running == 0


def test_words():
    assert [waiting_words(n) for n in (0, 1, 2)] == [
        "Your last wish is still being computed.",
        "1 other is before you.",
        "2 others are before you.",
    ]
