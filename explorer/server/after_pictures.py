"""Streamlit's page waits a moment for the pictures that go ahead of it.

What Streamlit says while a run lasts makes its page draw everything anew two or three times, on the thread that draws
the pictures too. Kept back until the pictures are on the screen, all of it is drawn together, and at once.
"""

from __future__ import annotations

import asyncio

from explorer.server.asgi import Message, Receive, Send
from explorer.server.page_stream import Follower, OnEachStream, Reader, content_of
from explorer.server.picture_line import PictureLine, line_of

LONGEST = 0.16  # seconds that anything is kept back: by then most runs are over, those through a model too
SMALL = 10_000  # bytes: what begins and ends a run is smaller, and only that is read here


class _Page(Follower):
    """One connection of Streamlit's, on which runs are asked for."""

    def __init__(self, receive: Receive, send: Send, reader: Reader) -> None:
        super().__init__(receive, send, reader)
        self._session = ""  # as Streamlit names it when a run begins
        self._is_over = asyncio.Event()  # the run is

    async def hear(self) -> Message:
        """What the browser says; a request for a run is one of it."""
        message = await super().hear()
        line = line_of(self._session)
        if message["type"] == "websocket.receive" and line is not None and line.is_heard:
            self._is_over.clear()
            if not self.keeps:
                self.keep_until(lambda: self._all_is_seen(line), LONGEST)
        return message

    async def tell(self, message: Message) -> None:
        """What Streamlit says: now or later."""
        self._note(message)
        if self.keeps and message["type"] == "websocket.send":
            self.keep(message)
        else:
            await super().tell(message)

    def _note(self, message: Message) -> None:
        """Note whose connection it is, and when a run is over that something is kept back of."""
        content = content_of(message)
        if not content or len(content) > SMALL or (self._session and not self.keeps):
            return
        said = self.reader.said(content)
        self._session = said.session or self._session
        if said.is_over:
            self._is_over.set()

    async def _all_is_seen(self, line: PictureLine) -> None:
        await self._is_over.wait()
        await line.all_seen()


class AfterPictures(OnEachStream):
    """ASGI middleware: of a run that a visitor asks for, keeps back what Streamlit says, ``LONGEST`` at most.

    It goes on its way, in its order, as soon as the run is over and the browser has shown all that came ahead. Where
    no browser listens to the line of the pictures, as on a first visit, nothing is kept back.
    """

    follower = _Page
