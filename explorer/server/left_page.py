"""A page that was left asks for nothing more.

A control of the old page, used between the click on another page's link and the moment that page is there, asks for a
part of the old one. Streamlit would run that part, and its page, which has cleared the old one, would stay empty or go
out.
"""

from __future__ import annotations

from explorer.server.asgi import Message, Receive, Send
from explorer.server.page_stream import Follower, OnEachStream, Reader, content_of


class _Visitor(Follower):
    """One connection of Streamlit's: the page that the visitor is on, or has asked for, and its parts."""

    def __init__(self, receive: Receive, send: Send, reader: Reader) -> None:
        super().__init__(receive, send, reader)
        self._page, self._waits = "", False  # the page; and whether it was asked for, and has not begun
        self._parts: set[str] | None = None  # None: the page was there before this connection

    async def hear(self) -> Message:
        """What the browser says. Instead of a part that the page does not have, it asks for the page."""
        message = await super().hear()
        content = message.get("bytes") or b""
        asked = self.reader.asked(content)
        if asked.fragment:
            if self._parts is not None and (asked.page not in ("", self._page) or asked.fragment not in self._parts):
                return {**message, "bytes": self.reader.ask_for_all(content, self._page)}
        elif asked.page not in ("", self._page):
            self._be_on(asked.page)
            self._waits = True
        return message

    async def tell(self, message: Message) -> None:
        """What Streamlit says goes on its way."""
        said = self.reader.said(content_of(message))
        if said.page and (said.page == self._page or not self._waits):
            self._waits = False
            if said.page != self._page:
                self._be_on(said.page)
        if said.fragment and self._parts is not None and not self._waits:
            self._parts.add(said.fragment)
        await super().tell(message)

    def _be_on(self, page: str) -> None:
        self._page, self._parts = page, set()


class LeftPage(OnEachStream):
    """ASGI middleware: who asks for a part of a page that was left is given the page that was asked for last."""

    follower = _Visitor
