"""The switches and the ranking in a real browser: clicks on the grids, the sidebar that follows, and the URL."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.helpers import horizontal_overflow, wait_until_idle
from tests.bundled import first

GPT, PAIR = first("decoder"), first("encoder-decoder")


def open_view(page: Page, app_url: str, **query: str) -> None:
    page.goto(f"{app_url}/break_it?{urlencode(query)}")
    expect(page.get_by_role("radio", name="Switches")).to_be_visible(timeout=60_000)
    wait_until_idle(page)


def in_url(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_a_click_on_the_grid_switches_a_head_and_chooses_it(page: Page, app_url: str):
    open_view(page, app_url, view="switches", model=GPT, text="A dog runs")
    grid = page.get_by_label("click to switch a head off or on")
    grid.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("head off (layer 2, head 3)")).to_be_visible()
    wait_until_idle(page)
    assert in_url(page).items() >= {"change": "head.decoder.2.3.zero", "layer": "2", "head": "3"}.items()
    assert "Layer 2, head 3 is off." in grid.get_attribute("aria-label")
    page.get_by_text("no causal mask", exact=True).click()
    expect(page.get_by_text("the future is read").first).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    wait_until_idle(page)
    assert horizontal_overflow(page) == 0
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_text("Nothing is changed")).to_be_visible()
    wait_until_idle(page)
    assert "change" not in in_url(page)


def test_all_heads_are_ranked_and_one_is_taken_to_the_switches(page: Page, app_url: str):
    open_view(page, app_url, view="ranking", model=PAIR, source="A dog sees a cat.")
    rank = page.get_by_role("button", name="Rank the other")
    if rank.count():  # a fast machine has ranked all of them at once
        rank.click()
    expect(page.get_by_text("48 of 48 heads")).to_be_visible(timeout=60_000)
    wait_until_idle(page)
    expect(page.get_by_text("The 48 drops sum to")).to_be_visible()
    page.get_by_role("button", name="cross, layer 4, head 2").click()
    wait_until_idle(page)
    assert in_url(page).items() >= {"kind": "cross", "layer": "4", "head": "2"}.items()
    page.get_by_role("button", name="Switch it off under Switches").click()
    expect(page.get_by_text("head off (cross, layer 4, head 2)")).to_be_visible()
    wait_until_idle(page)
    assert in_url(page)["change"] == "head.cross.4.2.zero"
