"""Streamlit's page waits a moment for the pictures that go ahead of it.

What Streamlit says while a run lasts makes its page draw everything anew two or three times, on the thread that draws
the pictures too. Kept back until the pictures are on the screen, all of it is drawn together, and at once.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from explorer.server.asgi import Message, Receive, Send
from explorer.server.page_stream import OnEachStream, Read, content_of
from explorer.server.picture_line import PictureLine, line_of

LONGEST = 0.16  # seconds that anything is kept back: by then most runs are over, those through a model too
SMALL = 10_000  # bytes: what begins and ends a run is smaller, and only that is read here


class _Page:
    """One connection of Streamlit's: what is kept back on it, if anything is."""

    def __init__(self, receive: Receive, send: Send, read: Read) -> None:
        self._receive, self._send, self._read = receive, send, read
        self._session = ""  # as Streamlit names it when a run begins
        self._kept: list[Message] | None = None  # None: all goes through
        self._is_over = asyncio.Event()  # the run is
        self._letting_go: asyncio.Task | None = None
        self._broken: Exception | None = None

    async def hear(self) -> Message:
        """What the browser says; a request for a run is one of it."""
        message = await self._receive()
        line = line_of(self._session)
        if message["type"] == "websocket.receive" and line is not None and line.is_heard:
            self._is_over.clear()
            if self._kept is None:
                self._kept = []
                self._letting_go = asyncio.create_task(self._let_go(line))
        return message

    async def tell(self, message: Message) -> None:
        """What Streamlit says: now or later."""
        if self._broken is not None:
            raise self._broken
        self._note(message)
        if self._kept is None or message["type"] != "websocket.send":
            await self._send(message)
        else:
            self._kept.append(message)

    def leave(self) -> None:
        if self._letting_go is not None:
            self._letting_go.cancel()

    def _note(self, message: Message) -> None:
        """Note whose connection it is, and when a run is over that something is kept back of."""
        content = content_of(message)
        if not content or len(content) > SMALL or (self._session and self._kept is None):
            return
        said = self._read(content)
        self._session = said.session or self._session
        if said.is_over:
            self._is_over.set()

    async def _let_go(self, line: PictureLine) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                await self._is_over.wait()
                await line.all_seen()
        try:
            while self._kept:  # more may come in the meantime
                await self._send(self._kept.pop(0))
        except Exception as error:  # the browser is gone: Streamlit hears of it when it says something more
            self._broken = error
        self._kept = None


class AfterPictures(OnEachStream):
    """ASGI middleware: of a run that a visitor asks for, keeps back what Streamlit says, ``LONGEST`` at most.

    It goes on its way, in its order, as soon as the run is over and the browser has shown all that came ahead. Where
    no browser listens to the line of the pictures, as on a first visit, nothing is kept back.
    """

    follower = _Page
