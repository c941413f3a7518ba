"""The page Compare in a real browser: pictures that can be asked and clicked, and what the address then says."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.helpers import horizontal_overflow, wait_until_idle


def open_compare(page: Page, app_url: str, **query: str) -> None:
    page.goto(f"{app_url}/compare?{urlencode(query)}")
    expect(page.get_by_role("heading", name="Compare")).to_be_visible(timeout=60_000)
    wait_until_idle(page)


def test_states_are_read_out_and_nothing_is_cut_off_on_a_phone(page, app_url):
    open_compare(page, app_url, view="word", sentence="A dog sees a cat.", new="man")
    picture = page.locator(".st-key-state_changes")
    maps = picture.locator("canvas.marks")
    expect(maps).to_have_count(4)
    maps.nth(2).focus()  # the GPT: [BOS], x
    page.keyboard.press("ArrowUp")
    expect(picture.locator(".readout")).to_contain_text(re.compile(r"layer 1, position 1 \[BOS\].*exactly 0"))
    maps.nth(3).focus()
    page.keyboard.press("ArrowUp")
    expect(picture.locator(".readout")).to_contain_text(re.compile(r"layer 1, position 1 \[CLS\] 0\.\d"))
    field = page.get_by_role("textbox", name="into")
    field.fill("![x](http://example.com/x.png)")
    field.press("Enter")
    wait_until_idle(page)
    assert parse_qs(urlsplit(page.url).query)["new"] == ["![x](http://example.com/x.png)"]
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("radio", name="Three machines").click()
    wait_until_idle(page)
    assert horizontal_overflow(page) == 0
    expect(page.locator(".st-key-parts canvas")).to_have_count(3)


def test_a_click_on_the_distances_goes_to_that_head_on_both_sides(page, app_url):
    open_compare(
        page, app_url, view="heads", model_a="gpt-captions", text_a="A dog sees a cat.", text_b="A dog sees a man."
    )
    both = page.locator(".st-key-both_heads .heading")
    expect(both).to_have_text([re.compile("A: layer 1, head 1"), re.compile("B: layer 1, head 1")])
    grid = page.locator(".st-key-distances canvas.marks")
    grid.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(both).to_have_text([re.compile("A: layer 2, head 3"), re.compile("B: layer 2, head 3")])
    wait_until_idle(page)
    query = parse_qs(urlsplit(page.url).query)
    assert query["layer_a"] == ["2"] and query["head_a"] == ["3"]
