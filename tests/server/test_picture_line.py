"""The line of pictures: who may listen, what comes in which order, and what is left when a browser goes."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Awaitable, Callable

import pytest
from starlette.websockets import WebSocket

from app import app, lifespan
from explorer.server.picture_line import PictureLine, address, line_of, listen, route
from tests.server.loop import finish

SECONDS = 20  # of patience


class Caller:
    """A browser that calls ``listen``, and what it was told."""

    def __init__(self, name: str) -> None:
        self.says: asyncio.Queue[dict] = asyncio.Queue()
        self.told: asyncio.Queue[dict] = asyncio.Queue()
        self.says.put_nowait({"type": "websocket.connect"})
        self.write: Callable[[dict], Awaitable[None]] = self.told.put
        scope = {"type": "websocket", "path_params": {"name": name}}
        self.call = asyncio.create_task(listen(WebSocket(scope, self.says.get, lambda message: self.write(message))))

    async def hear(self) -> dict:
        return await asyncio.wait_for(self.told.get(), SECONDS)

    async def leave(self, message: dict | None = None) -> None:
        self.says.put_nowait(message or {"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(self.call, SECONDS)


async def connected(line: PictureLine) -> Caller:
    caller = Caller(line.name)
    assert (await caller.hear())["type"] == "websocket.accept"
    return caller


def in_another_thread(act: Callable[[], None]) -> None:
    thread = threading.Thread(target=act)
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive()


def test_what_another_thread_puts_on_the_line_arrives_in_its_order() -> None:
    async def run() -> None:
        line = PictureLine()
        caller = await connected(line)

        def put() -> None:
            for place, message in (("heads a", b"1"), ("board b", b"22"), ("map c", b"333")):
                line.put(place, message)

        in_another_thread(put)
        assert [(await caller.hear())["bytes"] for _ in range(3)] == [b"1", b"22", b"333"]
        await caller.leave()

    finish(run())


def test_of_what_waits_for_a_slow_browser_only_the_newest_picture_of_a_place_is_sent() -> None:
    async def run() -> None:
        line = PictureLine()
        caller = await connected(line)
        for n in range(101):
            line.put("board b", b"%d" % n)
            line.put("map c", b"%d" % -n)
        assert [(await caller.hear())["bytes"] for _ in range(2)] == [b"100", b"-100"]
        await asyncio.sleep(0)
        assert caller.told.empty()
        await caller.leave()

    finish(run())


def test_nobody_hears_another_visitors_line() -> None:
    async def run() -> None:
        mine, yours = PictureLine(), PictureLine()
        assert mine.name != yours.name
        me, you = await connected(mine), await connected(yours)
        yours.put("board b", b"yours")
        mine.put("board b", b"mine")
        assert ((await me.hear())["bytes"], (await you.hear())["bytes"]) == (b"mine", b"yours")
        assert me.told.empty() and you.told.empty()
        await me.leave()
        await you.leave()

    finish(run())


@pytest.mark.parametrize("name", ["", "{name}", "../x", "a" * 100_000, "犬"])
def test_who_names_no_line_is_turned_away(name: str) -> None:
    async def run() -> None:
        caller = Caller(name)
        assert (await caller.hear())["type"] == "websocket.close"
        await asyncio.wait_for(caller.call, SECONDS)

    finish(run())


def test_a_line_that_nobody_holds_is_gone() -> None:
    async def run() -> None:
        line = PictureLine()
        name = line.name
        del line
        gc.collect()
        assert (await Caller(name).hear())["type"] == "websocket.close"

    finish(run())


def test_the_browser_that_comes_back_hears_and_the_one_that_left_does_not() -> None:
    async def run() -> None:
        line = PictureLine()
        line.put("board b", b"nobody listens yet")
        first = await connected(line)
        second = await connected(line)
        await first.leave()  # its end is noticed late, when the second is there already
        line.put("board b", b"here")
        assert (await second.hear())["bytes"] == b"here"
        assert first.told.empty()
        await second.leave()
        line.put("board b", b"nobody listens any more")
        assert second.told.empty()

    finish(run())


def test_all_is_seen_when_the_browser_has_done_with_the_last_message() -> None:
    async def run() -> None:
        line = PictureLine()
        await line.all_seen()  # nobody listens
        caller = await connected(line)
        await line.all_seen()  # nothing was sent
        line.put("board b", b"1")
        line.put("map c", b"2")
        for _ in range(2):
            await caller.hear()
        seen = asyncio.create_task(line.all_seen())
        for nonsense in ("1", "", "3", "two", "x" * 100_000, None):
            caller.says.put_nowait({"type": "websocket.receive", "text": nonsense, "bytes": b"2"})
        await until(caller.says.empty)
        assert not seen.done()
        caller.says.put_nowait({"type": "websocket.receive", "text": "2"})
        await asyncio.wait_for(seen, SECONDS)
        line.put("board b", b"3")
        await caller.hear()
        waits = asyncio.create_task(line.all_seen())
        await asyncio.sleep(0)
        assert not waits.done()
        await caller.leave()
        await asyncio.wait_for(waits, SECONDS)  # who has gone is not waited for
        assert not line.is_heard

    finish(run())


async def until(there: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not there():
            await asyncio.sleep(0)
    for _ in range(10):  # what was heard is acted on
        await asyncio.sleep(0)


def test_the_newest_line_of_a_session_is_found_while_somebody_holds_it() -> None:
    old = PictureLine("session of seven")
    new = PictureLine("session of seven")
    assert line_of("session of seven") is new is not old
    del new
    gc.collect()
    assert line_of("session of seven") is None and line_of("") is not old


def test_a_browser_that_is_gone_while_it_is_written_to_is_no_error() -> None:
    async def run() -> None:
        line = PictureLine()
        caller = await connected(line)
        tried = asyncio.Event()

        async def broken(message: dict) -> None:
            tried.set()
            raise OSError("broken pipe")

        caller.write = broken
        line.put("board b", b"1")
        await asyncio.wait_for(tried.wait(), SECONDS)
        await caller.leave()

    finish(run())


def test_what_is_put_after_the_server_has_stopped_is_no_error() -> None:
    line = PictureLine()
    finish(asyncio.wait_for(left_open(line), SECONDS))
    line.put("board b", b"1")


async def left_open(line: PictureLine) -> None:
    await connected(line)


def test_the_route_is_that_of_the_address() -> None:
    for base in ("", "explorer", "/a/b/"):
        line = PictureLine()
        match, found = route(base).matches({"type": "websocket", "path": address(base, line.name), "method": "GET"})
        assert match.value == 2 and found["path_params"] == {"name": line.name}


def test_the_server_takes_turns_quickly() -> None:
    before = sys.getswitchinterval()

    async def start() -> None:
        async with lifespan(app):
            assert sys.getswitchinterval() == pytest.approx(0.0005)

    try:
        finish(start())
    finally:
        sys.setswitchinterval(before)
