"""The forward pass in a real browser: boxes by the keyboard, in their place, and all numbers of a toy on one page."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests import bundled
from tests.browser.helpers import PATIENCE, horizontal_overflow, wait_until_idle

GPT, TOY, TEXT = bundled.first("decoder"), "classroom-tiny-encoder-decoder", "Two dogs"


def open_page(page: Page, app_url: str, **query: str) -> None:
    page.goto(f"{app_url}/forward_pass?{urlencode(query)}")
    expect(page.locator("button[data-box], canvas[data-number]").first).to_be_visible(timeout=PATIENCE)
    wait_until_idle(page)


def in_url(page: Page, key: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(key, [None])[0]


def box(page: Page, name: str) -> Locator:
    return page.locator(f"button[data-box='{name}']")


def model_number(page: Page) -> str:
    """What the panel says the running model computed."""
    return page.locator(".st-key-provenance tbody td").nth(1).inner_text().strip()


def test_a_box_opens_in_its_place_by_the_keyboard(page, app_url):
    open_page(page, app_url, model=GPT, text=TEXT)
    box(page, "decoder.1.attention.norm").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    numbers = page.locator("canvas[data-number=q]")
    expect(numbers).to_be_visible()
    wait_until_idle(page)
    assert in_url(page, "box") == "decoder.1.attention.q"
    expect(box(page, "decoder.1.attention.q")).to_be_focused()
    tops = [
        page.locator(each).bounding_box()["y"]
        for each in (
            "button[data-box='decoder.1.attention.q']",
            "canvas[data-number=q]",
            "[data-box='decoder.1.ff.norm']",
        )
    ]
    assert tops == sorted(tops)
    numbers.focus()
    for key in ("ArrowUp", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("Query of position 2, dimension 3")).to_be_visible()
    wait_until_idle(page)
    q = bundled.run_of(GPT, TEXT).attention("decoder", 0).q
    assert in_url(page, "at") == "2.3" and model_number(page) == str(np.float32(q[0, 1, 2]))
    box(page, "decoder.1.attention.q").click()
    expect(page.locator("canvas[data-number=q]")).to_have_count(0)
    wait_until_idle(page)
    assert in_url(page, "box") is None and in_url(page, "at") is None


def test_a_box_is_framed_in_the_very_click(page, app_url):
    """The server is heard later: it moves what stands around the box."""
    open_page(page, app_url, model=GPT, text=TEXT)
    click = "(button) => { button.click(); return button.getAttribute('aria-expanded'); }"
    for told, name in (("true", "decoder.1.attention.q"), ("true", "decoder.1.attention.k")):
        assert box(page, name).evaluate(click) == told
        wait_until_idle(page)
        assert in_url(page, "box") == name
        expanded = page.locator("button[data-box][aria-expanded=true]")
        assert expanded.evaluate_all("all => all.map((each) => each.dataset.box)") == [name]
    assert box(page, name).evaluate(click) == "false"
    wait_until_idle(page)
    assert in_url(page, "box") is None


def test_all_numbers_of_a_toy_stand_on_one_screen(page, app_url):
    page.set_viewport_size({"width": 1280, "height": 800})
    open_page(page, app_url, model=TOY, source="cat dog fish", all_numbers="true")
    assert horizontal_overflow(page) == 0
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollHeight - main.clientHeight") == 0
    tables = page.locator("canvas[data-number]")
    expect(tables).to_have_count(45)
    frames = page.locator(".frame").evaluate_all("all => all.map((each) => each.scrollWidth - each.clientWidth)")
    assert max(frames) <= 0  # no table has to be scrolled
    page.locator("canvas[data-number=k]").first.click(position={"x": 45, "y": 6})
    panel = page.locator(".st-key-pass_docked")
    expect(panel).to_be_in_viewport(ratio=0.95)
    wait_until_idle(page)
    k = bundled.run_of(TOY, "cat dog fish").attention("encoder", 0).k
    assert in_url(page, "box") == "encoder.1.attention.k" and model_number(page) == str(np.float32(k[0, 0, 0]))
