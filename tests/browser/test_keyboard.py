"""Without a mouse: Tab reaches all that the pointer can use, shows where it is, and comes out again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import wait_until_idle
from tests.browser.tab import runs_first
from tests.browser.views import GPT, Walk, each_walk, views

SCRIPT = Path(__file__).with_name("focus.js").read_text(encoding="utf-8")
# A page with one fault of each kind.
FAULTY = """
<style>@keyframes turn { to { rotate: 7deg } } b { animation: turn 5s infinite; display: block }
  .dark { outline: none }</style>
<main data-testid="stMain">
  <button class="dark">unseen</button><button>seen</button><button tabindex="-1">missed</button><b>turning</b>
  <div></div>
</main>
<button>outside</button>
"""
ADD_COMPONENT = """
() => {
  const root = document.querySelector("div").attachShadow({ mode: 'open' });
  root.innerHTML = '<input type="range" aria-label="mute"><p>pressed</p><p>other</p>';
  root.querySelector('p').addEventListener('click', () => {});
}
"""
MAIN, SIDEBAR = '[data-testid="stMain"]', '[data-testid="stSidebarContent"]'
MOST = 250  # presses of Tab: no view has that many places to stop

# What a pointer can use and Tab passes over, since something that it reaches does the same.
ELSEWHERE = {
    "position_waves": "marks",  # a click on a curve, a clock or a wavelength sets the sliders of the same picture
}


@pytest.fixture
def still_page(page: Page) -> Iterator[Page]:
    """A page of a visitor who uses the keyboard and asked for less motion, with the functions of focus.js."""
    with runs_first(page, SCRIPT):
        page.emulate_media(reduced_motion="reduce")
        yield page


def press_through(page: Page, region: str) -> list[str]:
    """Press Tab until the focus leaves the region again; the names of where it stopped."""
    page.evaluate(
        """(region) => {
          const start = Object.assign(document.createElement('span'), { tabIndex: -1 });
          document.querySelector(region).prepend(start);
          start.focus();
          start.remove();
        }""",
        region,
    )
    stops = []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        stop = page.evaluate("(region) => step(region)", region)
        # Streamlit takes away the button that copies code in the moment it gets the focus: the next Tab goes on.
        if stop is None or [stop] == stops[-1:] == [""]:
            return stops
        stops.append(stop)
    raise AssertionError(f"Tab does not leave {region}: {stops[-5:]}")


def passed_over(page: Page, region: str) -> list[str]:
    missed = page.evaluate("(region) => missed(region)", region)
    return [
        one for one in missed if not any(one.startswith(key) and f'"{name}"' in one for key, name in ELSEWHERE.items())
    ]


@pytest.mark.timeout(300)
@each_walk
def test_tab_reaches_everything_and_shows_where_it_is(still_page: Page, app_url: str, walk: Walk) -> None:
    page = still_page
    for view in views(page, app_url, walk):
        assert press_through(page, MAIN), view
        if passed_over(page, MAIN):  # a picture that was drawn anew on the way has new elements: once more
            wait_until_idle(page)
            press_through(page, MAIN)
        assert passed_over(page, MAIN) == [], view
        assert page.evaluate("() => unseen()") == [], view
        assert page.evaluate("() => mute()") == [], view
        assert page.evaluate("() => moving()") == [], view


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
