"""Streamlit's own connection, held back for a while: what is seen then has come ahead of the page."""

from __future__ import annotations

from playwright.sync_api import Page, WebSocketRoute

from explorer.components.stream import read_message

STREAM = "**/_stcore/stream"


class Stream:
    """``page.route_web_socket(STREAM, stream.take)``: while ``held`` is a list, what the server says waits in it."""

    def __init__(self) -> None:
        self.held: list[str | bytes] | None = None  # None: nothing is
        self.page: WebSocketRoute | None = None

    def take(self, page: WebSocketRoute) -> None:
        self.page = page
        server = page.connect_to_server()
        server.on_message(self._from_server)

    def _from_server(self, message: str | bytes) -> None:
        if self.held is None:
            self.page.send(message)
        else:
            self.held.append(message)

    def wait_for_runs(self, page: Page, n: int) -> None:
        """Wait until so many runs are over that the page has not heard of."""
        while sum(read_message(message).is_over for message in self.held) < n:
            page.wait_for_timeout(5)  # milliseconds, in which messages arrive

    def release(self) -> None:
        held, self.held = self.held, None
        for message in held:
            self.page.send(message)
