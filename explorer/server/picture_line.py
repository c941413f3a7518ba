"""A line of its own from the server to each open page, on which pictures go ahead of the page around them.

Streamlit's page in the browser draws everything anew when a run begins, and again with its elements, in one queue. What
is put on this line reaches the page as soon as it is computed, and between two of those drawings.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from contextlib import suppress
from weakref import WeakValueDictionary

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from explorer.server.asgi import below

PATH = "/pictures/"  # and a line's name
SWITCH = 0.0005  # seconds; see take_turns_quickly


class PictureLine:
    """One visitor's line: it exists as long as somebody holds it, and brings nothing while no browser listens.

    Only who knows its ``name``, 128 random bits, can listen. ``session`` is Streamlit's name for the visitor.
    """

    def __init__(self, session: str = "") -> None:
        self.name = secrets.token_urlsafe(16)
        self._browser: _Browser | None = None
        self._was_found = asyncio.Event()
        _lines[self.name] = _lines_of_sessions[session] = self

    @property
    def is_heard(self) -> bool:
        """Whether a browser listens."""
        return self._browser is not None

    def put(self, place: str, message: bytes) -> None:
        """Send a message for a place on the page, from any thread; a newer one takes the place of one that waits."""
        if (browser := self._browser) is not None:
            with suppress(RuntimeError):  # the server stops
                browser.loop.call_soon_threadsafe(browser.add, place, message)

    async def is_listened_to(self) -> None:
        """Wait until a browser has listened, which it does once it has drawn the page's first picture."""
        await self._was_found.wait()

    async def all_seen(self) -> None:
        """Wait until the browser has shown what was sent, or found no place for it; forever, where it says nothing."""
        if (browser := self._browser) is not None:
            await browser.seen.wait()


class _Browser:
    """Who listens to a line, what waits for it, and whether all that was sent has been seen."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.seen = asyncio.Event()
        self.seen.set()
        self._waiting: dict[str, bytes] = {}
        self._some = asyncio.Event()
        self._n_sent = 0

    def add(self, place: str, message: bytes) -> None:
        self._waiting[place] = message
        self._some.set()
        self.seen.clear()

    async def next(self) -> bytes:
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        self._n_sent += 1
        return self._waiting.pop(next(iter(self._waiting)))

    def hear(self, answer: str) -> None:
        """How many messages it has done with."""
        if answer == str(self._n_sent) and not self._waiting:
            self.seen.set()


# Both forget a line when nobody holds it any more.
_lines: WeakValueDictionary[str, PictureLine] = WeakValueDictionary()  # by their names
_lines_of_sessions: WeakValueDictionary[str, PictureLine] = WeakValueDictionary()


def line_of(session: str) -> PictureLine | None:
    """The newest line of a session of Streamlit's."""
    return _lines_of_sessions.get(session)


async def listen(socket: WebSocket) -> None:
    """Connect a browser to the line that it names. It says how many messages it has done with, and nothing else."""
    line = _lines.get(socket.path_params["name"])
    if line is None:
        await socket.close()
        return
    await socket.accept()
    browser = line._browser = _Browser()
    line._was_found.set()
    writing = asyncio.create_task(_write(socket, browser))
    try:
        while (said := await socket.receive())["type"] == "websocket.receive":
            browser.hear(said.get("text") or "")
    finally:
        writing.cancel()
        browser.seen.set()  # nobody waits for it any more
        if line._browser is browser:  # else it has come back on another connection
            line._browser = None


async def _write(socket: WebSocket, browser: _Browser) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            await socket.send_bytes(await browser.next())


def route(base: str) -> WebSocketRoute:
    """Where browsers connect, below the path at which the whole app is served."""
    return WebSocketRoute(address(base, "{name}"), listen)


def address(base: str, name: str) -> str:
    """The path of a line.

    >>> address("", "x"), address("/explorer/", "x")
    ('/pictures/x', '/explorer/pictures/x')
    """
    return below(base, f"{PATH}{name}")


def take_turns_quickly() -> None:
    """Let the thread that sends have the interpreter 0.5 ms after it asks a thread that computes, not 5 ms.

    Each of its small steps would wait as long: a message on this line needs two or three of them.
    """
    sys.setswitchinterval(SWITCH)
