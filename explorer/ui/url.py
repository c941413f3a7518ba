"""Choices in the URL whose words on screen differ from their value: ``query=3`` is shown as "3 ␣dog".

A widget's own ``bind="query-params"`` writes the words into the URL. So ``take_from_url`` and ``put_into_url`` stand
around a widget of one page, and ``select_in_words`` is for the sidebar, whose choices go along to every page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from explorer.ui.notices import not_there
from explorer.ui.picked import picked

SEEN = "_seen_in_url"  # session key
SETTLED = 1.0  # seconds after which the browser has heard of a new URL


def take_from_url(key: str, options: Sequence[Any], default: Any, shown: str = "") -> None:
    """Before the widget ``key`` is drawn: set its value from the URL, and replace one that is no longer an option.

    What the URL asks for and is not there is said in one sentence; the default takes its place, called ``shown`` where
    its own name would not tell what it is.
    """
    wanted = st.query_params.get(key)
    if has_gone_back(key, st.session_state.get(key)):
        st.session_state.pop(key, None)
    if key in st.session_state:
        value = st.session_state[key]
        # Set even where it stays: on arrival from another page, the key still has that page's value, but the widget
        # of the same name here would begin with its own first option.
        st.session_state[key] = value if value in options else default
        return
    named = {str(option): option for option in options}
    if wanted is not None and wanted not in named:
        not_there(key, shown or default)
    st.session_state[key] = named.get(wanted, default)


def put_into_url(key: str, default: Any) -> None:
    """After the widget ``key`` was drawn: the URL names its value, unless it is the default."""
    value = st.session_state[key]
    if value != default:
        if st.query_params.get(key) != str(value):
            st.query_params[key] = str(value)
    elif key in st.query_params:
        del st.query_params[key]
    remember(key, value)


@dataclass(frozen=True)
class _Seen:
    """What a key was when this program last changed it."""

    text: str | None  # in the URL
    value: Any  # in the session
    at: float  # seconds, monotonic


def _seen() -> dict[str, _Seen]:
    """This page's keys; empty on arrival from another page."""
    page, seen = st.session_state.get(SEEN, (None, {}))
    here = (st.context.url or "").partition("?")[0]
    if page != here:
        seen = {}
        st.session_state[SEEN] = (here, seen)
    return seen


def choose_in_url(key: str, titles: dict[str, str], label: str, **more: Any) -> str:
    """Draw a row of choices that are in the URL by their names, and return the chosen one; the first is the default."""
    default = next(iter(titles))
    take_from_url(key, list(titles), default)
    st.segmented_control(
        label, list(titles), key=key, required=True, format_func=titles.get, label_visibility="collapsed", **more
    )
    put_into_url(key, default)
    return st.session_state[key]


def remember(key: str, value: Any) -> None:
    """What ``key`` has in the URL belongs to ``value``: see ``has_gone_back``."""
    seen, now = _seen(), st.query_params.get(key)
    if key not in seen or seen[key].text != now or seen[key].value != value:
        seen[key] = _Seen(now, value, time.monotonic())


def has_gone_back(key: str, value: Any) -> bool:
    """Whether the visitor has pressed Back or Forward: the URL has another text than this program has put there.

    Not so where the value itself has been changed since, and not right after a change: a browser that has not yet heard
    of the new URL sends the old one along with the next click.
    """
    seen = _seen().get(key)
    if seen is None or seen.text == st.query_params.get(key) or value != seen.value:
        return False
    return time.monotonic() - seen.at > SETTLED


def select_in_words(
    label: str, words: dict[str, str], *, key: str, on_change: Callable[[], None] = lambda: None, **more: Any
) -> str:
    """Draw a select box that shows ``words[value]``, while the session's ``key`` and the URL hold the plain value.

    There are two widgets. The first one is bound to the URL and is not shown (frame.css): Streamlit takes what is bound
    along to the next page, where ``put_into_url`` would add an entry to the browser's history, and one would have to
    press Back twice. The second one is shown, and follows the first.
    """
    options = list(words)
    value = st.selectbox(label, options, key=key, bind="query-params", label_visibility="collapsed")
    st.session_state[f"_{key}"] = value
    st.selectbox(
        label, options, key=f"_{key}", format_func=words.get, on_change=_chosen, args=(key, options, on_change), **more
    )
    return value


def _chosen(key: str, options: list[str], on_change: Callable[[], None]) -> None:
    value = picked(f"_{key}", options)
    if value is not None:
        st.session_state[key] = value
        on_change()
