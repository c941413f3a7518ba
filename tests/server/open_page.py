"""An open page behind a middleware of ours, without a browser and without Streamlit."""

from __future__ import annotations

import asyncio
from typing import Any

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explorer.components.stream import READER
from explorer.server.page_stream import PATH

SESSION = "a visitor"
ASKED = {"type": "websocket.receive", "bytes": b"a request"}


def begins(session: str = SESSION) -> ForwardMsg:
    message = ForwardMsg()
    message.new_session.initialize.session_id = session
    return message


def ends(how: int = ForwardMsg.FINISHED_SUCCESSFULLY) -> ForwardMsg:
    return ForwardMsg(script_finished=how)


def words(content: str) -> ForwardMsg:
    message = ForwardMsg()
    message.delta.new_element.markdown.body = content
    return message


class Open:
    """An open page behind the middleware: what the browser and the server say, and what reaches the browser."""

    def __init__(self, middleware: Any, path: str = PATH) -> None:
        self.browser: asyncio.Queue[dict] = asyncio.Queue()
        self.server: asyncio.Queue[dict] = asyncio.Queue()
        self.heard: list[ForwardMsg | str] = []
        self.heard_by_app: list[dict] = []
        self.breaks = False
        self.call = asyncio.create_task(
            middleware(self.app, READER)({"type": "websocket", "path": path}, self.browser.get, self._write)
        )

    async def _write(self, message: dict) -> None:
        if self.breaks:
            raise OSError("broken pipe")
        content = message.get("bytes")
        self.heard.append(message["type"] if content is None else ForwardMsg.FromString(content))

    async def app(self, _: Any, receive: Any, send: Any) -> None:
        async def listen() -> None:
            while True:
                self.heard_by_app.append(await receive())

        listening = asyncio.create_task(listen())
        try:
            while True:
                await send(await self.server.get())
        finally:
            listening.cancel()

    async def ask(self) -> None:
        self.browser.put_nowait(ASKED)
        await settled()

    async def say(self, *messages: ForwardMsg) -> None:
        for message in messages:
            self.server.put_nowait({"type": "websocket.send", "bytes": message.SerializeToString()})
        await settled()

    async def close(self) -> None:
        self.server.put_nowait({"type": "websocket.close"})
        await settled()


async def settled() -> None:
    for _ in range(50):
        await asyncio.sleep(0)
