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

PATH = "/pictures/"  # and a line's name
SWITCH = 0.0005  # seconds; see take_turns_quickly


class PictureLine:
    """One visitor's line: it exists as long as somebody holds it, and brings nothing while no browser listens.

    Only who knows its ``name``, 128 random bits, can listen.
    """

    def __init__(self) -> None:
        self.name = secrets.token_urlsafe(16)
        self._browser: _Browser | None = None
        _lines[self.name] = self

    def put(self, place: str, message: bytes) -> None:
        """Send a message for a place on the page, from any thread; a newer one takes the place of one that waits."""
        if (browser := self._browser) is not None:
            with suppress(RuntimeError):  # the server stops
                browser.loop.call_soon_threadsafe(browser.add, place, message)


class _Browser:
    """Who listens to a line, and what waits for it."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._waiting: dict[str, bytes] = {}
        self._some = asyncio.Event()

    def add(self, place: str, message: bytes) -> None:
        self._waiting[place] = message
        self._some.set()

    async def next(self) -> bytes:
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        return self._waiting.pop(next(iter(self._waiting)))


_lines: WeakValueDictionary[str, PictureLine] = WeakValueDictionary()


async def listen(socket: WebSocket) -> None:
    """Connect a browser to the line that it names. It is never asked anything: whatever it says is the end."""
    line = _lines.get(socket.path_params["name"])
    if line is None:
        await socket.close()
        return
    await socket.accept()
    browser = line._browser = _Browser()
    writing = asyncio.create_task(_write(socket, browser))
    try:
        await socket.receive()
    finally:
        writing.cancel()
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
    base = base.strip("/")
    return f"/{base}{PATH}{name}" if base else f"{PATH}{name}"


def take_turns_quickly() -> None:
    """Let the thread that sends have the interpreter 0.5 ms after it asks a thread that computes, not 5 ms.

    Each of its small steps would wait as long: a message on this line needs two or three of them.
    """
    sys.setswitchinterval(SWITCH)
