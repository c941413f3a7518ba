"""Downloads under way, with their bytes and a way to stop them, and what became of those that this visitor began."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.hub.adding import add_from_hub
from explorer.hub.queue import ADDED, FAILED, RUNNING, Download, DownloadQueue
from explorer.hub.sizes import shown_bytes
from explorer.model.catalogue import CheckpointError, Entry
from explorer.ui.added_models import forget_added
from explorer.ui.controls import select_model
from explorer.ui.literal import literal
from explorer.ui.navigation import go_to

MINE = "_downloads"  # session key: the numbers of the downloads that this visitor began, and has not put away
EVERY = 0.5  # seconds


def begin(name: str) -> str:
    """Put a download into the line; the empty string, or one sentence saying why not."""
    try:
        new = _queue.put(name)
    except CheckpointError as error:
        return str(error)
    before = [
        each for each in st.session_state.get(MINE, []) if (found := _queue.find(each)) and found.name != new.name
    ]
    st.session_state[MINE] = [*before, new.number]  # what became of an earlier try is no longer news
    return ""


def is_under_way(name: str) -> bool:
    return any(each.name == name for each in _queue.active())


def show_downloads() -> None:
    """Draw what is under way, of all visitors, and the end of this visitor's own; nothing where there is nothing."""
    for number in list(st.session_state.get(MINE, [])):
        found = _queue.find(number)
        if found is None:
            st.session_state[MINE].remove(number)
        elif not found.is_active:
            _show_end(found)
    if _queue.active():
        _follow(tuple(each.number for each in _queue.active()))


def open_button(name: str, key: str) -> None:
    """The way into a model: it becomes the chosen one, on the page Home."""
    if st.button("Open it", key=key, on_click=select_model, args=(name,)):
        go_to("home")


@st.fragment(run_every=EVERY)
def _follow(began_with: tuple[int, ...]) -> None:
    """Looks again twice a second; when one has ended, the whole page is drawn anew."""
    active = _queue.active()
    if tuple(each.number for each in active) != began_with:
        st.rerun()
    for place, each in enumerate(active):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.progress(each.done / each.total if each.total else 0.0, _words(each, place), width="stretch")
            st.button(
                "Stopping" if each.is_stopping else "Stop",
                key=f"stop_{each.number}",
                on_click=_queue.stop,
                args=(each.number,),
                disabled=each.is_stopping,
            )


def _words(download: Download, place: int) -> str:
    name = literal(download.name)
    if download.state != RUNNING:
        return f"{name} waits: number {place + 1} in line"
    if not download.total:
        return f"{name}: asking huggingface.co"
    if download.done >= download.total:
        return f"{name}: all of {shown_bytes(download.total)} is here, and is being looked at"
    return f"{name}: {shown_bytes(download.done)} of {shown_bytes(download.total)} from huggingface.co"


def _show_end(download: Download) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if download.state == ADDED:
            st.success(f"{literal(download.name)} is here.", icon=":material/check:", width="stretch")
            open_button(download.name, f"open_new_{download.number}")
        else:
            show = st.error if download.state == FAILED else st.info
            show(literal(download.problem), width="stretch")
        st.button("Close", key=f"close_{download.number}", on_click=_put_away, args=(download.number,))


def _put_away(number: int) -> None:
    st.session_state[MINE].remove(number)


def _add(name: str, **options: Any) -> Entry:
    entry = add_from_hub(name, **options)
    forget_added(name)  # an older one of the same name
    return entry


_queue = DownloadQueue(_add)  # one for all sessions
