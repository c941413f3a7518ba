"""Streamlit's own connection to a page: where it is, and what the server must know of what is said on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from explorer.server.asgi import Message, Scope

PATH = "/_stcore/stream"  # below the path at which the whole app is served
MAIN, SIDEBAR = 0, 1  # the parts of a page: where each place begins


@dataclass(frozen=True, slots=True)
class Said:
    """One message to the page. As it is, it says nothing of interest."""

    session: str = ""  # whose run begins
    is_over: bool = False  # the run is, and no other follows
    place: tuple[int, ...] = ()  # where something is put into the page
    is_picture: bool = False  # and it is one of the app's own components that draw


Read = Callable[[bytes], Said]


def is_stream(scope: Scope) -> bool:
    """Whether a connection is one of these."""
    return scope["type"] == "websocket" and scope["path"].endswith(PATH)


def content_of(message: Message) -> bytes:
    """What is sent; empty for all else that happens on a connection."""
    return (message.get("bytes") or b"") if message["type"] == "websocket.send" else b""
