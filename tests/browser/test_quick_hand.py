"""A visitor who asks for the next run before the page has heard of the last one."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.helpers import type_text, wait_until_idle
from tests.browser.stream import STREAM, Stream
from tests.bundled import first


def test_what_the_page_has_forgotten_in_the_meantime_is_sent_once_more(fresh_page: Page, app_url: str) -> None:
    """Streamlit's page keeps large messages for two runs, and says so when it asks for one; then it drops them."""
    page, stream = fresh_page, Stream()
    page.route_web_socket(STREAM, stream.take)
    page.goto(f"{app_url}/?model={first('decoder')}&text=A+dog")
    wait_until_idle(page)
    asked_first = page.get_by_test_id("stMain").inner_text()
    type_text(page, "Two dogs")
    wait_until_idle(page)
    stream.held = []
    for n_runs, text in enumerate(("A woman", "A dog"), 1):
        type_text(page, text)
        stream.wait_for_runs(page, n_runs)
    stream.release()
    wait_until_idle(page)
    expect(page.get_by_test_id("stMain")).to_have_text(asked_first, use_inner_text=True)
