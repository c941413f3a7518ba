"""A view that was seen before is back at once, and what it left behind takes no room."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import wait_until_idle
from tests.browser.stream import STREAM, Stream
from tests.bundled import first

GPT, PAIR = first("decoder"), first("encoder-decoder")
# A page, and two of its views: which choice each is, and its first picture.
VIEWS = [
    (f"attention_heads?model={GPT}", (0, "head_map"), (1, "token_lines")),
    (f"forward_pass?model={PAIR}&box=encoder.1.attention.q", (0, "pass_encoder_above"), (1, "contribution_grid")),
    (f"factorisation?model={PAIR}", (0, "factor_ledger"), (3, "vector_factors")),
]


@pytest.fixture
def stream(fresh_page: Page) -> Stream:
    stream = Stream()
    fresh_page.route_web_socket(STREAM, stream.take)
    return stream


@pytest.mark.parametrize(("path", "one", "other"), VIEWS)
def test_a_view_that_was_seen_is_back_before_the_page_has_heard_anything(
    fresh_page: Page, app_url: str, stream: Stream, path: str, one: tuple[int, str], other: tuple[int, str]
) -> None:
    page = fresh_page
    page.goto(f"{app_url}/{path}")
    wait_until_idle(page)
    first_picture, second = (page.locator(f".st-key-{key}") for _, key in (one, other))
    assert second.count() == 0  # what nobody has chosen yet costs nothing
    choose = page.locator(".st-key-view").get_by_role("radio")
    choose.nth(other[0]).click()
    expect(second).to_be_visible()
    wait_until_idle(page)
    for n, come, gone in ((one[0], first_picture, second), (other[0], second, first_picture)):
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
