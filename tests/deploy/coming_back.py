"""What both tests do: a page whose server is taken away, and whether everything on it goes on afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.helpers import PATIENCE, wait_until_idle

CHOSEN = {"model": "gpt-captions", "text": "Two dogs run", "layer": "3", "head": "2", "query": "3"}

# Says when the page has lost its server and found one again; a look from outside could miss the moment.
_NOTE = """
() => {
  window.cameBack = false;
  const app = document.querySelector('[data-testid="stApp"]');
  let away = false;
  new MutationObserver(() => {
    const connected = app.dataset.testConnectionState === 'CONNECTED';
    if (connected && away) window.cameBack = true;
    away ||= !connected;
  }).observe(app, { attributes: true });
}
"""

# Counts what comes ahead of the page.
_COUNT = """
() => {
  window.ahead = 0;
  window.addEventListener('explorer-picture explorer_head_map head_map', () => { window.ahead += 1; });
}
"""


def open_heads(page: Page, url: str) -> None:
    """The page of heads, with everything chosen otherwise than it is by itself."""
    page.goto(f"{url}/attention_heads?{urlencode(CHOSEN)}")
    expect(page.locator(".fact .quiet").first).to_be_visible(timeout=PATIENCE)
    wait_until_idle(page)


def assert_goes_on(page: Page, take_away: Callable[[], None]) -> None:
    """Take the page's server away: choice and numbers are as before, and a control inside a fragment answers,
    with its picture ahead of the page."""
    before = page.locator(".fact .quiet").all_inner_texts()
    page.evaluate(_NOTE)
    take_away()
    page.wait_for_function("() => window.cameBack", timeout=PATIENCE)
    wait_until_idle(page)
    assert dict(parse_qsl(urlsplit(page.url).query)) == CHOSEN
    assert page.locator(".fact .quiet").all_inner_texts() == before
    page.evaluate(_COUNT)
    choose_query(page, 2)
    assert page.locator(".fact .quiet").all_inner_texts() != before
    assert page.get_by_test_id("stException").count() == 0
    for query in (1, 2) * 5:  # the line of the pictures is taken up again within a moment
        if page.evaluate("() => window.ahead > 0"):
            break
        choose_query(page, query)
    assert page.evaluate("() => window.ahead > 0")


def choose_query(page: Page, query: int) -> None:
    page.locator(".st-key-query input").first.focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("option", name=re.compile(f"^{query} ")).click()
    expect(page).to_have_url(re.compile(rf"[?&]query={query}(&|$)"), timeout=PATIENCE)
    wait_until_idle(page)
