"""What a first visit hears before its first picture can be seen, and what comes after it."""

from __future__ import annotations

import asyncio

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explorer.server import first_picture
from explorer.server.first_picture import FirstPicture
from explorer.server.picture_line import PictureLine
from tests.server.loop import finish
from tests.server.open_page import SESSION, Open, begins, ends, settled, words
from tests.server.test_picture_line import SECONDS, connected


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing goes on its way because time is up, unless a test says so."""
    monkeypatch.setattr(first_picture, "LONGEST", 10 * SECONDS)


def at(message: ForwardMsg, *place: int) -> ForwardMsg:
    message.metadata.delta_path.extend(place)
    return message


def picture(*place: int, name: str = "explorer_head_map") -> ForwardMsg:
    message = at(ForwardMsg(), *place)
    message.delta.new_element.bidi_component.component_name = name
    return message


UNSEEN, MODEL = picture(1, 0, name="explorer_unseen"), at(words("the model"), 1, 1)
TITLE, MAP, TABLE = at(words("a title"), 0, 0), picture(0, 1), at(words("a table"), 0, 2)
NUMBERS = picture(0, 1, name="explorer_number_words")


def test_all_that_the_first_picture_does_not_need_comes_once_it_is_drawn() -> None:
    async def run() -> None:
        page, line = Open(FirstPicture), PictureLine(SESSION)
        await page.say(begins(), UNSEEN, MODEL, TITLE, NUMBERS, MAP, TABLE, picture(0, 3), ends())
        before = [begins(), UNSEEN, TITLE, NUMBERS, MAP]
        assert page.heard == before
        await connected(line)
        await settled()
        assert page.heard == [*before, MODEL, TABLE, picture(0, 3), ends()]
        page.heard.clear()
        await page.say(begins(), MAP, TABLE)  # the next run
        assert page.heard == [begins(), MAP, TABLE]

    finish(run())


def test_what_is_said_while_the_rest_goes_on_its_way_comes_after_it() -> None:
    async def run() -> None:
        page, line = Open(FirstPicture), PictureLine(SESSION)
        await page.say(begins(), MAP, TABLE)
        await connected(line)
        await page.say(at(words("more"), 0, 3), ends())
        assert page.heard == [begins(), MAP, TABLE, at(words("more"), 0, 3), ends()]

    finish(run())


def test_a_page_without_a_picture_waits_for_its_end_only() -> None:
    async def run() -> None:
        page = Open(FirstPicture)
        await page.say(begins(), UNSEEN, MODEL, TITLE)
        assert page.heard == [begins(), UNSEEN, TITLE]
        await page.say(ends())
        assert page.heard == [begins(), UNSEEN, TITLE, MODEL, ends()]

    finish(run())


def test_another_run_finds_nothing_kept_back() -> None:
    async def run() -> None:
        page, _ = Open(FirstPicture), PictureLine(SESSION)
        await page.say(begins(), MAP, TABLE)
        again = [ends(ForwardMsg.FINISHED_EARLY_FOR_RERUN), begins(), TITLE]
        await page.say(*again)
        assert page.heard == [begins(), MAP, TABLE, *again]

    finish(run())


@pytest.mark.parametrize("has_line", [False, True])
def test_nothing_waits_longer_than_it_may(monkeypatch: pytest.MonkeyPatch, has_line: bool) -> None:
    monkeypatch.setattr(first_picture, "LONGEST", 0.01)

    async def run() -> None:
        page, line = Open(FirstPicture), PictureLine("a visitor with a line")
        session = "a visitor with a line" if has_line else "a visitor without"
        await page.say(begins(session), MAP, TABLE)
        async with asyncio.timeout(SECONDS):
            while len(page.heard) < 3:
                await asyncio.sleep(0.001)
        await page.say(ends())
        assert page.heard == [begins(session), MAP, TABLE, ends()]
        assert not line.is_heard

    finish(run())


def test_who_leaves_leaves_nothing_behind() -> None:
    async def run() -> None:
        page, _ = Open(FirstPicture), PictureLine(SESSION)
        await page.say(begins(), MAP, TABLE)
        await page.close()
        assert page.heard == [begins(), MAP, "websocket.close"]
        page.call.cancel()
        await settled()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task for task in others if "_let_go" in repr(task)]

    finish(run())


def test_other_connections_are_left_alone() -> None:
    async def run() -> None:
        page = Open(FirstPicture, "/pictures/x")
        await page.say(begins(), MAP, TABLE)
        assert page.heard == [begins(), MAP, TABLE]

    finish(run())
