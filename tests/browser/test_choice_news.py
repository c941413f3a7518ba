"""What is chosen in a select box of Streamlit's: the pictures that have it follow the hand, not the server."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.helpers import wait_until_idle
from tests.bundled import first

GPT = first("decoder")

# For each news: the control, the words, and whether the pictures had drawn before the hand's own event was over.
_NEWS = """
() => {
  window.news = [];
  let [strokes, before] = [0, 0];
  const { strokeRect } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.strokeRect = function (...values) {
    strokes += 1;
    return strokeRect.apply(this, values);
  };
  for (const hand of ['pointerup', 'keydown']) {
    window.addEventListener(hand, () => { before = strokes; }, { capture: true });
  }
  window.addEventListener('explorer-choice', ({ detail }) => {
    window.news.push({ ...detail, drawn: strokes > before });
  });
}
"""


def test_the_pictures_follow_a_select_box_before_the_server_answers(page, app_url):
    """By the pointer and by the keys: in the task of the hand itself the new head is framed, and the cell pinned."""
    page.goto(f"{app_url}/attention_heads?model={GPT}")
    wait_until_idle(page)
    page.evaluate(_NEWS)
    choose(page, "layer", lambda: page.get_by_role("option").nth(3).click())
    choose(page, "head", lambda: press(page, "ArrowDown", "ArrowDown", "Enter"))
    choose(page, "query", lambda: page.get_by_role("option").nth(2).click())
    found = page.evaluate("() => window.news")
    assert [each["key"] for each in found] == ["layer", "head", "query"]
    assert [each["words"].split()[0] for each in found] == ["4", "3", "3"]
    assert all(each["drawn"] for each in found), found
    expect(page.get_by_role("heading", name="Layer 4, head 3")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query).items() >= {"layer": ["4"], "head": ["3"], "query": ["3"]}.items()


def choose(page: Page, key: str, take: Callable[[], None]) -> None:
    """Open a select box, and take one of its entries."""
    box = page.locator(f".st-key-{key} input").first
    box.scroll_into_view_if_needed()
    # A list closes when the page scrolls.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    box.click()
    page.get_by_role("option").first.wait_for()
    take()
    wait_until_idle(page)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
