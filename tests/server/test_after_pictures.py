"""What Streamlit says waits for the pictures: how long, in which order, and for whom not at all."""

from __future__ import annotations

import asyncio

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explorer.components.stream import READER
from explorer.server import after_pictures
from explorer.server.after_pictures import AfterPictures
from explorer.server.page_stream import PATH
from explorer.server.picture_line import PictureLine
from tests.server.loop import finish
from tests.server.open_page import SESSION, Open, begins, ends, settled, words
from tests.server.test_picture_line import SECONDS, Caller, connected


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing goes on its way because time is up, unless a test says so."""
    monkeypatch.setattr(after_pictures, "LONGEST", 10 * SECONDS)


async def seen(caller: Caller, answer: int) -> None:
    caller.says.put_nowait({"type": "websocket.receive", "text": str(answer)})
    await settled()


async def visit() -> tuple[Open, PictureLine, Caller]:
    """A page after its first run, with a browser that listens to its line."""
    page, line = Open(AfterPictures), PictureLine(SESSION)
    await page.ask()
    first = [begins(), words("first"), ends()]
    await page.say(*first)
    assert page.heard == first  # on a first visit nothing is kept back
    page.heard.clear()
    return page, line, await connected(line)


def test_a_run_waits_for_its_end_and_for_the_pictures() -> None:
    async def run() -> None:
        page, line, caller = await visit()
        await page.ask()
        assert len(page.heard_by_app) == 2  # the server hears of it at once
        said = [begins(), words("1"), words("2" * 100_000), ends()]
        await page.say(*said[:2])
        line.put("board b", b"1")
        await caller.hear()
        await seen(caller, 1)
        assert page.heard == []  # seen, but there may be more
        line.put("map c", b"2")
        await page.say(*said[2:])
        assert page.heard == []  # over, but not all is seen
        await caller.hear()
        await seen(caller, 2)
        assert page.heard == said
        after = words("something of another thread")
        await page.say(after)
        assert page.heard == [*said, after]  # nothing was asked for: nothing waits

    finish(run())


def test_a_run_without_pictures_waits_for_its_end_only() -> None:
    async def run() -> None:
        page, *_ = await visit()
        for how in (ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR):
            await page.ask()
            await page.say(begins(), words("1"))
            assert page.heard == []
            await page.say(ends(how))
            assert page.heard == [begins(), words("1"), ends(how)]
            page.heard.clear()

    finish(run())


def test_a_run_that_ends_early_is_followed_by_the_one_that_was_asked_for() -> None:
    async def run() -> None:
        page, *_ = await visit()
        await page.ask()
        await page.say(begins(), words("1"))
        await page.ask()
        early = [ends(ForwardMsg.FINISHED_EARLY_FOR_RERUN), begins(), words("2")]
        await page.say(*early)
        assert page.heard == []
        await page.say(ends())
        assert page.heard == [begins(), words("1"), *early, ends()]

    finish(run())


def test_nothing_waits_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(after_pictures, "LONGEST", 0.01)

    async def run() -> None:
        page, line, caller = await visit()
        await page.ask()
        line.put("board b", b"1")
        await caller.hear()  # and says nothing
        await page.say(begins(), words("1"))
        async with asyncio.timeout(SECONDS):
            while len(page.heard) < 2:
                await asyncio.sleep(0.001)
        await page.say(words("2"), ends())
        assert page.heard == [begins(), words("1"), words("2"), ends()]  # nor does what comes later

    finish(run())


def test_where_nobody_listens_to_the_pictures_nothing_waits() -> None:
    async def run() -> None:
        page, _, caller = await visit()
        await caller.leave()
        await page.ask()
        await page.say(begins(), words("1"))
        assert page.heard == [begins(), words("1")]

    finish(run())


def test_who_leaves_while_a_run_waits_frees_it() -> None:
    async def run() -> None:
        page, line, caller = await visit()
        await page.ask()
        line.put("board b", b"1")
        await caller.hear()
        await page.say(begins(), ends())
        assert page.heard == []
        await caller.leave()
        await settled()
        assert page.heard == [begins(), ends()]

    finish(run())


def test_another_visitors_pictures_are_not_waited_for() -> None:
    async def run() -> None:
        page, *_ = await visit()
        other = PictureLine("another")
        caller = await connected(other)
        other.put("board b", b"1")
        await caller.hear()
        await page.ask()
        await page.say(begins(), ends())
        assert page.heard == [begins(), ends()]

    finish(run())


def test_the_end_of_the_connection_waits_for_nothing_and_leaves_nothing_behind() -> None:
    async def run() -> None:
        page, *_ = await visit()
        await page.ask()
        await page.say(words("1"))
        await page.close()
        assert page.heard == ["websocket.close"]
        page.call.cancel()
        await settled()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task for task in others if "_let_go" in repr(task)]

    finish(run())


def test_a_browser_that_has_gone_is_told_of_when_there_is_more_to_say() -> None:
    async def run() -> None:
        page, *_ = await visit()
        await page.ask()
        page.breaks = True
        await page.say(begins(), ends())
        assert not page.call.done()
        await page.say(words("1"))
        with pytest.raises(OSError, match="broken pipe"):
            await page.call

    finish(run())


@pytest.mark.parametrize("content", [b"", b"\xff" * 50, b"\x22\x00", b"x" * 100_000])
def test_what_is_no_message_of_streamlits_goes_through(content: bytes) -> None:
    async def run() -> None:
        page = Open(AfterPictures)
        taken: list[bytes] = []

        async def write(message: dict) -> None:
            taken.append(message["bytes"])

        asked = AfterPictures(page.app, READER)({"type": "websocket", "path": f"/below{PATH}"}, page.browser.get, write)
        call = asyncio.create_task(asked)
        page.call.cancel()
        await settled()
        page.server.put_nowait({"type": "websocket.send", "bytes": content})
        await settled()
        assert taken == [content]
        call.cancel()

    finish(run())


def test_other_connections_are_left_alone() -> None:
    async def run() -> None:
        PictureLine(SESSION)
        page = Open(AfterPictures, "/pictures/x")
        await page.ask()
        await page.say(begins())
        await page.ask()
        await page.say(words("1"))
        assert page.heard == [begins(), words("1")]

    finish(run())
