"""A control of the page before, used after another page was asked for and before that one is there."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.helpers import wait_until_idle, watch
from tests.browser.stream import STREAM, Stream
from tests.bundled import first

# In one breath: nothing that the server says comes in between.
LEAVE_AND_CLICK = """
() => {
  const links = [...document.querySelectorAll('[data-testid="stTopNavLink"]')];
  const button = document.querySelectorAll('[data-testid="stMain"] [data-testid="stButtonGroup"] button')[1];
  links.find((link) => link.textContent.includes('Break it')).click();
  button.click();
}
"""


def test_it_changes_nothing(fresh_page: Page, app_url: str) -> None:
    page, stream, seen = fresh_page, Stream(), watch(fresh_page)
    model = first("decoder")
    page.goto(f"{app_url}/break_it?model={model}")
    wait_until_idle(page)
    words = page.get_by_test_id("stMain").inner_text()
    page.route_web_socket(STREAM, stream.take)
    page.goto(f"{app_url}/parameters?model={model}")
    wait_until_idle(page)
    stream.held = []
    page.evaluate(LEAVE_AND_CLICK)
    stream.wait_for_runs(page, 1)
    stream.release()
    wait_until_idle(page)
    assert seen.complaints(page) == []
    expect(page.get_by_test_id("stMain")).to_have_text(words, use_inner_text=True)
