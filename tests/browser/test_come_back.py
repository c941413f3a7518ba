"""Streamlit's page breaks down where it is told of a place that is not there: it comes back as it was."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.helpers import PATIENCE, wait_until_idle
from tests.browser.stream import STREAM, Stream
from tests.browser.tab import new_window
from tests.bundled import first

NOWHERE = (0, 77, 7)


def misplaced() -> bytes:
    message = ForwardMsg()
    message.metadata.delta_path.extend(NOWHERE)
    message.delta.new_element.text.body = "seven"
    return message.SerializeToString()


def test_an_empty_window_is_opened_once_more_with_all_that_was_chosen(browser, app_url: str) -> None:
    with new_window(browser) as window:
        page, stream = window.new_page(), Stream()
        broken: list[str] = []
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.route_web_socket(STREAM, stream.take)
        page.goto(f"{app_url}/attention_heads?model={first('decoder')}&text=Two+dogs&layer=2")
        wait_until_idle(page)
        words = page.get_by_test_id("stMain").inner_text()
        break_down(page, stream)
        assert any("delta path" in error for error in broken)
        wait_until_idle(page)
        expect(page.get_by_test_id("stMain")).to_have_text(words, use_inner_text=True)


def break_down(page: Page, stream: Stream) -> None:
    """Say what breaks it; wait until another document is there."""
    with page.expect_event("load", timeout=PATIENCE):
        stream.page.send(misplaced())
