"""Streamlit's own connection to a page: where it is, and what the server must know of what is said on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from explorer.server.asgi import App, Message, Receive, Scope, Send

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


def content_of(message: Message) -> bytes:
    """What is sent; empty for all else that happens on a connection."""
    return (message.get("bytes") or b"") if message["type"] == "websocket.send" else b""


class Follower(Protocol):
    """Stands on one connection between Streamlit and the browser."""

    async def hear(self) -> Message: ...

    async def tell(self, message: Message) -> None: ...

    def leave(self) -> None: ...


class OnEachStream:
    """ASGI middleware: has somebody of its own follow each of these connections, and lets all else through.

    Parameters
    ----------
    app : ASGI application
        What Streamlit's page talks to.
    read : callable
        What is to be known of a message.
    """

    follower: Callable[[Receive, Send, Read], Follower]

    def __init__(self, app: App, read: Read) -> None:
        self.app, self._read = app, read

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket" or not scope["path"].endswith(PATH):
            await self.app(scope, receive, send)
            return
        follower = self.follower(receive, send, self._read)
        try:
            await self.app(scope, follower.hear, follower.tell)
        finally:
            follower.leave()
