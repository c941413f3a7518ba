"""Without a mouse: Tab reaches all that the pointer can use, shows where it is, and comes out again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.focus import MAIN, SCRIPT, SIDEBAR, keyboard_faults, passed_over, press_through
from tests.browser.helpers import wait_until_idle
from tests.browser.tab import runs_first
from tests.browser.views import GPT

# A page with one fault of each kind.
FAULTY = """
<style>@keyframes turn { to { rotate: 7deg } } b { animation: turn 5s infinite; display: block }
  .dark { outline: none }</style>
<div data-testid="stApp" data-test-script-state="notRunning" data-test-connection-state="CONNECTED">
<main data-testid="stMain">
  <button class="dark">unseen</button><button>seen</button><button tabindex="-1">missed</button><b>turning</b>
  <div id="component"></div>
</main>
</div>
<button>outside</button>
"""
ADD_COMPONENT = """
() => {
  const root = document.querySelector("#component").attachShadow({ mode: 'open' });
  root.innerHTML = '<input type="range" aria-label="mute"><p>pressed</p><p>other</p>';
  root.querySelector('p').addEventListener('click', () => {});
}
"""


@pytest.fixture
def still_page(page: Page) -> Iterator[Page]:
    """A page of a visitor who uses the keyboard and asked for less motion, with the functions of focus.js."""
    with runs_first(page, SCRIPT):
        page.emulate_media(reduced_motion="reduce")
        yield page


def test_tab_goes_through_the_sidebar(still_page: Page, app_url: str) -> None:
    still_page.goto(f"{app_url}/attention_heads?model={GPT}")
    wait_until_idle(still_page)
    assert len(press_through(still_page, SIDEBAR)) >= 6
    assert passed_over(still_page, SIDEBAR) == []
    assert still_page.evaluate("() => unseen()") == []


def test_nothing_goes_on_by_itself_where_less_motion_is_asked_for(still_page: Page, app_url: str) -> None:
    page = still_page
    page.goto(f"{app_url}/factorisation")
    wait_until_idle(page)
    expect(page.get_by_role("button", name="Next")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_hidden()
    page.emulate_media(reduced_motion="no-preference")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_arrows_and_enter_go_into_the_map_of_parameters(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/parameters?view=The whole model")
    wait_until_idle(page)
    inside = page.locator(".st-key-parameter_map")
    crumbs, tip = inside.locator(".crumbs button"), inside.locator(".tip")
    inside.locator("canvas").focus()
    page.keyboard.press("ArrowRight")
    expect(tip).to_contain_text("parameters, ")
    largest = tip.locator("div").first.inner_text()
    page.keyboard.press("Enter")
    expect(crumbs).to_have_count(2)
    expect(crumbs.last).to_have_text(largest)
    page.keyboard.press("Escape")
    expect(crumbs).to_have_count(1)
    expect(tip).to_contain_text(largest)
    page.keyboard.press("Tab")
    expect(tip).to_be_hidden()


def test_tab_reaches_what_scrolls_on_a_phone(still_page: Page, app_url: str) -> None:
    """What test_accessibility.py leaves to the browser: tables and code that are wider than the window."""
    page = still_page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app_url}/parameters?view=Published models")
    wait_until_idle(page)
    table = page.locator(f"{MAIN} [data-testid=stMarkdownContainer]:has(> table)").first
    assert table.evaluate("(element) => element.scrollWidth > element.clientWidth")
    words = table.inner_text()[:20]
    assert any(stop.partition("> ")[2].startswith(words.split()[0]) for stop in press_through(page, MAIN))


def test_the_walk_finds_what_it_looks_for(still_page: Page) -> None:
    page = still_page
    page.goto("about:blank")
    page.set_content(FAULTY)
    page.evaluate(ADD_COMPONENT)
    assert [stop.split("> ")[-1] for stop in press_through(page, MAIN)] == ["unseen", "seen", "mute"]
    assert [one.split("> ")[-1] for one in passed_over(page, MAIN)] == ["missed", "pressed"]
    assert [one.split("> ")[-1] for one in page.evaluate("() => unseen()")] == ["unseen"]
    assert [one.split("> ")[-1] for one in page.evaluate("() => mute()")] == ["mute"]
    assert page.evaluate("() => moving()") == ["turn"]
    assert [fault.split("> ")[-1] for fault in keyboard_faults(page)][:-1] == ["missed", "pressed", "unseen", "mute"]
    assert keyboard_faults(page)[-1] == "turn goes on moving"
