"""On a first visit the first picture comes before what stands below and beside it.

A browser that opens the page must fetch and compile a script for each kind of element before it shows any of them.
So it is first told of as much as the first picture needs; what is left comes when that can be seen.
"""

from __future__ import annotations

import asyncio

from explorer.server.asgi import Message, Receive, Send
from explorer.server.page_stream import SIDEBAR, Follower, OnEachStream, Reader, Said, content_of
from explorer.server.picture_line import line_of

LONGEST = 1.5  # seconds that anything is kept back, where the browser does not say that it has drawn the picture


class _Visit(Follower):
    """One connection of Streamlit's, and its first run."""

    def __init__(self, receive: Receive, send: Send, reader: Reader) -> None:
        super().__init__(receive, send, reader)
        self._session = ""  # as Streamlit names it when a run begins
        self._has_picture = asyncio.Event()

    async def tell(self, message: Message) -> None:
        """What Streamlit says: now or later."""
        content = content_of(message)
        if content and (self.keeps or not self._session):
            said = self.reader.said(content)
            is_another = bool(said.session and self._session)
            if said.session and not is_another:
                self._session = said.session
                self.keep_until(self._is_drawn, LONGEST)
            if is_another or (said.is_over and not self._has_picture.is_set()):
                await self.let_go()
            waits = self._waits(said)
            if said.is_picture:
                self._has_picture.set()
            if waits:
                self.keep(message)
                return
        await super().tell(message)

    def _waits(self, said: Said) -> bool:
        """All that follows the picture; and the sidebar, but for its first element, so that it has its room."""
        beside = said.place[:1] == (SIDEBAR,) and said.place != (SIDEBAR, 0)
        return self.keeps and (self._has_picture.is_set() or beside)

    async def _is_drawn(self) -> None:
        await self._has_picture.wait()
        line = line_of(self._session)
        await (line.is_listened_to() if line is not None else asyncio.sleep(LONGEST))


class FirstPicture(OnEachStream):
    """ASGI middleware: of the first run on a connection, lets through what stands above the first picture, and that.

    All else goes on its way, in its order, as soon as the browser listens to the line of the pictures: it does so once
    it has drawn. Or when there is no picture, another run begins, or time is up.
    """

    follower = _Visit
