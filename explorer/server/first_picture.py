"""On a first visit the first picture comes before what stands below and beside it.

A browser that opens the page must fetch and compile a script for each kind of element before it shows any of them.
So it is first told of as much as the first picture needs; what is left comes when that can be seen.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from explorer.server.asgi import Message, Receive, Send
from explorer.server.page_stream import SIDEBAR, OnEachStream, Read, Said, content_of
from explorer.server.picture_line import line_of

LONGEST = 1.5  # seconds that anything is kept back, where the browser does not say that it has drawn the picture


class _Visit:
    """One connection of Streamlit's, and what is kept back on it."""

    def __init__(self, receive: Receive, send: Send, read: Read) -> None:
        self._receive, self._send, self._read = receive, send, read
        self._kept: list[Message] | None = []  # None: all goes through
        self._session = ""  # as Streamlit names it when a run begins
        self._has_picture = asyncio.Event()
        self._letting_go: asyncio.Task | None = None
        self._broken: Exception | None = None

    async def hear(self) -> Message:
        """What the browser says."""
        return await self._receive()

    async def tell(self, message: Message) -> None:
        """What Streamlit says: now or later."""
        if self._broken is not None:
            raise self._broken
        if self._kept is None or not (content := content_of(message)):
            await self._send(message)
            return
        said = self._read(content)
        is_another = bool(said.session and self._session)
        if said.session and not is_another:
            self._session = said.session
            self._letting_go = asyncio.create_task(self._let_go_when_drawn())
        if is_another or (said.is_over and not self._has_picture.is_set()):
            await self._let_go()
        if self._waits(said):
            self._kept.append(message)
        else:
            await self._send(message)
        if said.is_picture:
            self._has_picture.set()

    def leave(self) -> None:
        if self._letting_go is not None:
            self._letting_go.cancel()

    def _waits(self, said: Said) -> bool:
        """All that follows the picture; and the sidebar, but for its first element, so that it has its room."""
        beside = said.place[:1] == (SIDEBAR,) and said.place != (SIDEBAR, 0)
        return self._kept is not None and (self._has_picture.is_set() or beside)

    async def _let_go_when_drawn(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                await self._has_picture.wait()
                line = line_of(self._session)
                await (line.is_listened_to() if line is not None else asyncio.sleep(LONGEST))
        try:
            await self._let_go()
        except Exception as error:  # the browser is gone: Streamlit hears of it when it says something more
            self._broken = error

    async def _let_go(self) -> None:
        while self._kept:  # more may come in the meantime
            await self._send(self._kept.pop(0))
        self._kept = None


class FirstPicture(OnEachStream):
    """ASGI middleware: of the first run on a connection, lets through what stands above the first picture, and that.

    All else goes on its way, in its order, as soon as the browser listens to the line of the pictures: it does so once
    it has drawn. Or when there is no picture, another run begins, or time is up.
    """

    follower = _Visit
