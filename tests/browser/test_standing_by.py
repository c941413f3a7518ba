"""A view that was seen before is back at once, and what it left behind takes no room."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import wait_until_idle
from tests.browser.stream import STREAM, Stream
from tests.bundled import first

GPT = first("decoder")


@pytest.fixture
def stream(fresh_page: Page) -> Stream:
    stream = Stream()
    fresh_page.route_web_socket(STREAM, stream.take)
    return stream


def test_a_view_that_was_seen_is_back_before_the_page_has_heard_anything(
    fresh_page: Page, app_url: str, stream: Stream
) -> None:
    page = fresh_page
    page.goto(f"{app_url}/attention_heads?model={GPT}")
    wait_until_idle(page)
    matrix, lines = page.locator(".st-key-head_map"), page.locator(".st-key-token_lines")
    assert lines.count() == 0  # what nobody has chosen yet costs nothing
    choose = page.locator(".st-key-view").get_by_role("radio")
    choose.nth(1).click()
    expect(lines).to_be_visible()
    wait_until_idle(page)
    for n, come, gone in ((0, matrix, lines), (1, lines, matrix)):
        expect(come).to_be_hidden()
        stream.held = []
        choose.nth(n).click()
        expect(come).to_be_visible()
        expect(gone).to_be_hidden()
        stream.release()
        wait_until_idle(page)
        expect(come).to_be_visible()
        expect(gone).to_be_hidden()
    height = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    page.reload()
    wait_until_idle(page)
    assert abs(page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight") - height) <= 1
