"""Streamlit's own connection to a page: where it is, and what the server must know of what is said on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from explorer.server.asgi import App, Message, Receive, Scope, Send

PATH = "/_stcore/stream"  # below the path at which the whole app is served
MAIN, SIDEBAR = 0, 1  # the parts of a page: where each place begins


@dataclass(frozen=True, slots=True)
class Said:
    """One message to the page. As it is, it says nothing of interest."""

    session: str = ""  # whose run begins
    page: str = ""  # which page it draws
    is_over: bool = False  # the run is, and no other follows
    fragment: str = ""  # the part of the page, with a run of its own, in which something is put
    place: tuple[int, ...] = ()  # where something is put into the page
    is_picture: bool = False  # and it is one of the app's own components that draw


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a page's. As it is, it asks for no run."""

    page: str = ""  # which page is to run
    fragment: str = ""  # this part of it only; all of it, where empty


@dataclass(frozen=True, slots=True)
class Reader:
    """Understands what is said on such a connection."""

    said: Callable[[bytes], Said]  # by the server
    asked: Callable[[bytes], Asked]  # by the browser
    ask_for_all: Callable[[bytes, str], bytes]  # the same request, for the whole of that page


def content_of(message: Message) -> bytes:
    """What is sent; empty for all else that happens on a connection."""
    return (message.get("bytes") or b"") if message["type"] == "websocket.send" else b""


class Follower:
    """Stands on one connection between Streamlit and the browser, and may keep back what Streamlit says."""

    def __init__(self, receive: Receive, send: Send, reader: Reader) -> None:
        self._receive, self._send, self.reader = receive, send, reader
        self._kept: list[Message] | None = None  # None: nothing is kept back
        self._letting_go: asyncio.Task | None = None
        self._turn = asyncio.Lock()  # of those who let go: what was said first goes first
        self._broken: Exception | None = None

    async def hear(self) -> Message:
        """What the browser says."""
        return await self._receive()

    async def tell(self, message: Message) -> None:
        """What Streamlit says; here it goes on its way."""
        if self._broken is not None:
            raise self._broken
        await self._send(message)

    @property
    def keeps(self) -> bool:
        """Whether something is kept back, or would be."""
        return self._kept is not None

    def keep_until(self, moment: Callable[[], Awaitable[None]], longest: float) -> None:
        """From now on keep back what ``keep`` is given, until that moment, and for so many seconds at most."""
        self._kept = []
        self._letting_go = asyncio.create_task(self._let_go_after(moment, longest))

    def keep(self, message: Message) -> None:
        self._kept.append(message)

    async def let_go(self) -> None:
        """Send what is kept back, in its order, and keep back nothing more."""
        async with self._turn:
            try:
                while self._kept:  # more may come in the meantime
                    await self._send(self._kept.pop(0))
            finally:
                self._kept = None

    def leave(self) -> None:
        """The connection has ended."""
        if self._letting_go is not None:
            self._letting_go.cancel()

    async def _let_go_after(self, moment: Callable[[], Awaitable[None]], longest: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(longest):
                await moment()
        try:
            await self.let_go()
        except Exception as error:  # the browser is gone: Streamlit hears of it when it says something more
            self._broken = error


class OnEachStream:
    """ASGI middleware: has somebody of its own follow each of these connections, and lets all else through.

    Parameters
    ----------
    app : ASGI application
        What Streamlit's page talks to.
    reader : Reader
        What is to be known of a message.
    """

    follower: Callable[[Receive, Send, Reader], Follower]

    def __init__(self, app: App, reader: Reader) -> None:
        self.app, self._reader = app, reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket" or not scope["path"].endswith(PATH):
            await self.app(scope, receive, send)
            return
        follower = self.follower(receive, send, self._reader)
        try:
            await self.app(scope, follower.hear, follower.tell)
        finally:
            follower.leave()
