"""The line for heavy jobs as a visitor sees it: how many others are before, and a button to leave it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

from explorer.limits import HEAVY_JOBS
from explorer.ui.jobs import Jobs

COUNT, STOP = "_waits", "_stop_waiting"  # session keys: how often this visitor has waited; the buttons
LEFT = "_left_the_line"  # session key: whether the page was left unfinished

jobs = Jobs(HEAVY_JOBS)  # of the whole server


@contextmanager
def place() -> Iterator[None]:
    """A place for a heavy job of this visitor; where others are before, the page says so until it is there.

    A visitor who presses Stop, moves a control, goes to another page or closes it leaves the line at once.
    """
    if jobs.holds():
        yield
        return
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:  # no page behind it, as in a thread that prepares something
        with jobs.place(threading.get_ident()):
            yield
        return
    if st.session_state.pop(LEFT, False) and context.fragment_ids_this_run:
        st.rerun()  # a fragment alone would not bring back what stands below it
    wait = _Wait()
    with jobs.place(context.session_id, wait.go_on):
        wait.end()
        yield


class _Wait:
    """What one visitor sees while waiting; drawn once there is something to wait for."""

    def __init__(self) -> None:
        self._box = self._words = None
        self._said = -1

    def go_on(self, before: int) -> None:
        """Say how many others are before; raises what Streamlit raises where the visitor wants something else."""
        if self._box is None:
            self._draw()
        if before != self._said:
            self._said = before
            self._words.markdown(waiting_words(before))
        st.session_state.get(COUNT)  # here Streamlit ends a run that was stopped, or that a control has outdated
        if _has_clicked():
            st.rerun()  # a click within a fragment would be heard only when the whole page is done

    def end(self) -> None:
        if self._box is not None:
            self._box.empty()

    def _draw(self) -> None:
        n = st.session_state.get(COUNT, 0)
        if st.session_state.get(f"{STOP}_{n}"):  # pressed: true in this one run
            st.info("You have left the line. Whatever you change next, or press here, asks again.")
            st.button("Ask again", key=f"_ask_again_{n}")
            st.session_state[LEFT] = True
            st.stop()
        st.session_state[COUNT] = n = n + 1
        self._box = st.empty()
        with self._box.container(horizontal=True, vertical_alignment="center", gap="small"):
            self._words = st.empty()
            st.button("Stop", key=f"{STOP}_{n}")


def waiting_words(before: int) -> str:
    """One sentence; 0 where only an earlier wish of the same visitor is in the way."""
    if not before:
        return "Your last wish is still being computed."
    return f"{before} {'other is' if before == 1 else 'others are'} before you."


def _has_clicked() -> bool:
    """Whether the page has asked for something since this run began."""
    requests = get_script_run_ctx(suppress_warning=True).script_requests
    return requests is not None and requests._state is ScriptRequestType.RERUN
