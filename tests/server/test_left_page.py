"""What a page asks for that its visitor has left: whom the server hears instead."""

from __future__ import annotations

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explorer.server.left_page import LeftPage
from explorer.server.page_stream import PATH
from tests.server.loop import finish
from tests.server.open_page import Open, begins, ends, settled, words

A, B, C = "page a", "page b", "page c"
SHARED, OWN = "the frame of each page", "a part of this page alone"


def part(name: str) -> ForwardMsg:
    message = words("seven")
    message.delta.fragment_id = name
    return message


def run_of(page: str) -> tuple[ForwardMsg, ForwardMsg]:
    """How the whole of a page begins; what its session says of the page is, on a first visit, not yet true."""
    first, second = begins(), ForwardMsg()
    first.new_session.page_script_hash = "the first of all pages"
    second.navigation.page_script_hash = page
    return first, second


class Visit(Open):
    """A visitor, and what Streamlit hears of: (page, part), the part empty where all of the page is asked for."""

    def __init__(self, path: str = PATH) -> None:
        super().__init__(LeftPage, path)

    async def ask_for(self, page: str, fragment: str = "", query: str = "") -> tuple[str, str]:
        request = BackMsg()
        request.rerun_script.page_script_hash = page
        request.rerun_script.fragment_id = fragment
        request.rerun_script.query_string = query
        self.browser.put_nowait({"type": "websocket.receive", "bytes": request.SerializeToString()})
        await settled()
        heard = BackMsg.FromString(self.heard_by_app[-1]["bytes"]).rerun_script
        assert heard.query_string == query
        return heard.page_script_hash, heard.fragment_id

    async def opens(self, page: str, *fragments: str) -> None:
        await self.say(*run_of(page), *map(part, fragments), ends())


async def visit() -> Visit:
    """A visitor on page ``A``, as Streamlit begins: the browser does not know yet what the page is called."""
    found = Visit()
    assert await found.ask_for("") == ("", "")
    await found.opens(A, SHARED, OWN)
    kinds = ["new_session", "navigation", "delta", "delta", "script_finished"]
    assert [each.WhichOneof("type") for each in found.heard] == kinds
    return found


def test_the_page_that_is_there_is_asked_for_its_parts() -> None:
    async def run() -> None:
        page = await visit()
        for name in (SHARED, OWN, SHARED):
            assert await page.ask_for(A, name, "model=x") == (A, name)
        assert await page.ask_for(A) == (A, "")  # all of it
        assert await page.ask_for(A, OWN) == (A, OWN)  # which has the same parts

    finish(run())


@pytest.mark.parametrize("name", [SHARED, OWN])
def test_a_page_that_was_left_asks_for_the_one_that_comes(name: str) -> None:
    async def run() -> None:
        page = await visit()
        assert await page.ask_for(B) == (B, "")
        assert await page.ask_for(A, name) == (B, "")  # before the server has begun
        await page.say(*run_of(A), part(name), ends(ForwardMsg.FINISHED_EARLY_FOR_RERUN))  # what was under way
        assert await page.ask_for(A, name) == (B, "")
        await page.say(*run_of(B))
        assert await page.ask_for(A, name) == (B, "")  # before the browser has heard of it
        await page.say(part(SHARED), ends())
        assert await page.ask_for(A, name) == (B, "")
        assert await page.ask_for(B, SHARED) == (B, SHARED)

    finish(run())


def test_parts_of_the_old_page_that_are_still_seen_are_none_of_the_new_one() -> None:
    async def run() -> None:
        page = await visit()
        await page.ask_for(B)
        await page.opens(B, SHARED)
        assert await page.ask_for(B, OWN) == (B, "")  # the browser has heard where it is, and shows the old one still

    finish(run())


def test_the_server_may_open_another_page_by_itself() -> None:
    async def run() -> None:
        page = await visit()
        await page.opens(C, SHARED)
        assert await page.ask_for(C, SHARED) == (C, SHARED)
        assert await page.ask_for(A, SHARED) == (C, "")

    finish(run())


def test_back_and_forth() -> None:
    async def run() -> None:
        page = await visit()
        for there in (B, A, B, C):
            assert await page.ask_for(there) == (there, "")
        await page.opens(C, SHARED, OWN)
        assert await page.ask_for(C, OWN) == (C, OWN)
        assert await page.ask_for(B, OWN) == (C, "")

    finish(run())


def test_a_connection_that_comes_after_the_page_knows_of_no_part() -> None:
    async def run() -> None:
        page = Visit()
        assert await page.ask_for(A, OWN) == (A, OWN)

    finish(run())


@pytest.mark.parametrize("content", [b"", b"\xff" * 50, b"\x5a\x05", b"x" * 100_000])
def test_what_is_no_request_goes_through(content: bytes) -> None:
    async def run() -> None:
        page = await visit()
        for message in ({"bytes": content}, {"text": "words"}, {"bytes": None, "text": "words"}):
            page.browser.put_nowait({"type": "websocket.receive", **message})
            await settled()
            assert page.heard_by_app[-1] == {"type": "websocket.receive", **message}
        page.browser.put_nowait({"type": "websocket.disconnect"})
        await settled()
        assert page.heard_by_app[-1] == {"type": "websocket.disconnect"}

    finish(run())


def test_other_connections_are_left_alone() -> None:
    async def run() -> None:
        page = Visit("/pictures/x")
        await page.ask_for(B)
        await page.opens(B)
        assert await page.ask_for(A, OWN) == (A, OWN)

    finish(run())
