"""A visitor without a browser: speaks Streamlit's own protocol over the WebSocket, as the page in the browser does.

One message up asks for a run of the script (with the control that was moved, if one was), many come down: what the page
is to show. The run is over with ``script_finished``. The messages are Streamlit's protobuf classes. Like the browser,
the visitor also listens to the line on which pictures come ahead of the page, and so makes the server write to it.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from explorer.components.unseen import KEY as UNSEEN

KEPT_RUNS = 2  # global.maxCachedMessageAge: for how many runs a browser keeps a message that it may be sent by its hash
PATIENCE = 60.0  # seconds for one run; TimeoutError after that


@dataclass(frozen=True)
class Answer:
    """What came back of one run: seconds until it had finished, what it weighed, and the exceptions on the page."""

    seconds: float
    n_bytes: int
    exceptions: tuple[str, ...]


@dataclass(frozen=True)
class Widget:
    """A control on the page: its element, and the fragment that is run when it is moved (empty: the whole script)."""

    kind: str  # "selectbox", "slider", "bidi_component" ...
    element: Any
    fragment: str


class Visitor:
    """One open page. ``async with Visitor(address) as visitor`` connects; ``open()`` runs the page a first time."""

    def __init__(self, address: str, cookie: str = "") -> None:
        parts = urlsplit(address)
        self._server, self._page, self._query = parts.netloc, parts.path.strip("/"), parts.query
        self._headers = {"Cookie": cookie} if cookie else {}
        self._hash = ""  # of the page's script; the server tells it
        self._kept: dict[str, tuple[int, ForwardMsg]] = {}  # by hash: the last run that used it, and the message
        self._run = 0
        self.widgets: dict[str, Widget] = {}  # by the key that the app gave them
        self._line = ""  # the path of the line of the pictures
        self._listening: asyncio.Task | None = None
        self.socket: ClientConnection | None = None

    async def __aenter__(self) -> Visitor:
        self.socket = await self._connect("/_stcore/stream", subprotocols=["streamlit"])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()
        if self._listening is not None:
            self._listening.cancel()

    async def _connect(self, path: str, **more: Any) -> ClientConnection:
        # Never through a proxy: the server is on this machine. No pings: a server under load is what is measured.
        return await connect(
            f"ws://{self._server}{path}",
            additional_headers=self._headers,
            max_size=None,
            proxy=None,
            ping_interval=None,
            open_timeout=60,
            **more,
        )

    async def _listen(self) -> None:
        """Take what comes on the line of the pictures; where it breaks, all comes with the page alone."""
        with suppress(OSError, WebSocketException):
            async with await self._connect(self._line) as line:
                n = 0
                async for _ in line:
                    n += 1
                    await line.send(str(n))

    @property
    def address(self) -> str:
        """What the browser's address line shows: the page with all that was chosen."""
        return urlunsplit(("http", self._server, self._page, self._query, ""))

    @property
    def pictures(self) -> dict[str, bytes]:
        """What our own components draw, by their keys: the numbers of all pictures, and what is selected."""
        components = {key: each.element for key, each in self.widgets.items() if each.kind == "bidi_component"}
        return {key: each.bytes or each.json.encode() for key, each in components.items() if key != UNSEEN}

    async def open(self) -> Answer:
        """The first run of the page."""
        return await self._ask(BackMsg())

    async def move(self, key: str, value: Any) -> Answer:
        """Move one control: ``value`` is an option's text, a number, a text; None presses a button."""
        widget = self.widgets[key]
        state = WidgetState(id=widget.element.id)
        if widget.kind == "slider":
            state.double_array_value.data.append(value)
        elif widget.kind == "button_group":
            state.string_array_value.data.append(value)
        elif widget.kind == "button":
            state.trigger_value = True
        elif widget.kind == "number_input":
            state.double_value = value
        elif widget.kind == "checkbox":
            state.bool_value = value
        else:
            state.string_value = value
        if bound := getattr(widget.element, "query_param_key", ""):  # the browser writes these into the URL itself
            self._query = urlencode({**dict(parse_qsl(self._query)), bound: value})
        return await self._send(widget, state)

    async def trigger(self, key: str, event: str, value: Any) -> Answer:
        """Let a component of ours send one event, as its ``setTriggerValue(event, value)`` does."""
        widget = self.widgets[key]
        state = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{widget.element.id}__events")
        state.json_trigger_value = json.dumps([{"event": event, "value": value}])
        return await self._send(widget, state)

    async def _send(self, widget: Widget, state: WidgetState) -> Answer:
        message = BackMsg()
        message.rerun_script.widget_states.widgets.append(state)
        message.rerun_script.fragment_id = widget.fragment
        return await self._ask(message)

    async def _ask(self, message: BackMsg) -> Answer:
        client = message.rerun_script
        client.query_string, client.page_script_hash = self._query, self._hash
        client.page_name = "" if self._hash else self._page
        client.context_info.url, client.context_info.timezone = self.address, "UTC"
        client.cached_message_hashes.extend(self._kept)
        self._run += 1
        start, n_bytes, exceptions = time.perf_counter(), 0, []
        part = client.fragment_id  # what is run again, and so drawn again; empty: everything
        self.widgets = {key: widget for key, widget in self.widgets.items() if part and widget.fragment != part}
        await self.socket.send(message.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            while True:
                data = await self.socket.recv()
                n_bytes += len(data)
                if self._take(ForwardMsg.FromString(data), exceptions):
                    break
        seconds = time.perf_counter() - start
        self._kept = {name: entry for name, entry in self._kept.items() if self._run - entry[0] < KEPT_RUNS}
        return Answer(seconds, n_bytes, tuple(exceptions))

    def _take(self, message: ForwardMsg, exceptions: list[str]) -> bool:
        """Note what one message says; whether it was the run's last."""
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            metadata, (_, message) = message.metadata, self._kept[message.ref_hash]
            message.metadata.CopyFrom(metadata)
            kind = message.WhichOneof("type")
        if message.metadata.cacheable:
            self._kept[message.hash] = self._run, message
        if kind == "new_session":
            self._hash = message.new_session.page_script_hash
        elif kind == "navigation":
            self._hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._note(message.delta.new_element, message.delta.fragment_id, exceptions)
        elif kind == "script_finished":
            # A run that ends for another one (a callback asked for it) is not the end of what was asked for.
            return message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        return False

    def _note(self, element: Any, fragment: str, exceptions: list[str]) -> None:
        kind = element.WhichOneof("type")
        inner = getattr(element, kind)
        if kind == "exception":
            exceptions.append(f"{inner.type}: {inner.message}")
        name = getattr(inner, "id", "")
        if name.startswith("$$ID-"):
            key = name.split("-", 2)[2]
            self.widgets[key] = Widget(kind, inner, fragment)
            # As a browser does; until then the server keeps back what a first picture does not need.
            if key == UNSEEN and (line := json.loads(inner.json)["path"]) != self._line:
                self._line, self._listening = line, asyncio.create_task(self._listen())
