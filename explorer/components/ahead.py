"""What a component is given goes to the browser twice: on the visitor's own line at once, and with Streamlit's page."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.server.picture_line import PictureLine

KEY = "_what_goes_ahead"  # session key
DIGEST = 8  # bytes
ABSENT = {"absent": True}  # a component that is given this is there, and not seen: see stand_by

Data = bytes | dict[str, Any]


class WhatGoesAhead:
    """One visitor's line, and what has last been given to each place: a component's name and key.

    All that is sent has a digest of its content. By these the page knows again what has come ahead, and leaves
    out what it is brought after something newer. Equal content is an equal message, which Streamlit sends only once.
    """

    def __init__(self, session: str = "") -> None:
        self.line = PictureLine(session)
        self.shown: dict[str, Callable[..., Any]] = {}  # by their keys: the components that were drawn
        self._last: dict[str, bytes] = {}  # digests

    def put(self, name: str, key: str, data: Data) -> Data:
        """Send what is new ahead, unless the place is; return the data with their digest, for Streamlit to send."""
        place, binary = f"{name} {key}", isinstance(data, bytes)
        content = data if binary else json.dumps(data).encode()
        digest = blake2b(content, digest_size=DIGEST).digest()
        if self._last.setdefault(place, digest) != digest:
            self._last[place] = digest
            address = {"place": place, "digest": digest.hex(), "binary": binary}
            self.line.put(place, _letter(json.dumps(address).encode(), content))
        return mark(data, digest)


def what_goes_ahead() -> WhatGoesAhead:
    """This visitor's; made anew with the session."""
    if KEY not in st.session_state:
        context = get_script_run_ctx(suppress_warning=True)
        st.session_state[KEY] = WhatGoesAhead(context.session_id if context else "")
    return st.session_state[KEY]


def sent_ahead(name: str, component: Callable[..., Any]) -> Callable[..., Any]:
    """The component, which sends its data ahead of the page whenever they are others than before."""

    def show(*, key: str, data: Data, **events: Callable[[], None]) -> Any:
        going = what_goes_ahead()
        going.shown[key] = show
        return component(key=key, data=going.put(name, key, data), **events)

    return show


def stand_by(key: str) -> None:
    """Have a component on the page that is not seen, if this visitor has had it: then its next picture comes ahead.

    For what a visitor may switch to: a component that the page does not have yet must first be put there by Streamlit.
    It keeps its place only among the same neighbours: draw it in the container in which it will be seen.
    """
    if show := what_goes_ahead().shown.get(key):
        show(key=key, data=ABSENT)


def mark(data: Data, digest: bytes) -> Data:
    """The data with their digest: bytes end with it, a dict has it as ``digest``. ``opened`` in ahead.js reads it.

    >>> mark({"a": 1}, b"\\x07\\xff"), mark(b"abc", b"\\x07\\xff")
    ({'a': 1, 'digest': '07ff'}, b'abc\\x07\\xff')
    """
    return data + digest if isinstance(data, bytes) else {**data, "digest": digest.hex()}


def _letter(address: bytes, content: bytes) -> bytes:
    """One message on the line: its address and its content. parts/picture_line.js reads it."""
    return len(address).to_bytes(4, "little") + address + content
