"""The decoding page in a real browser: arrow keys, clicks on tokens and branches, a stop that stops, phones."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests import bundled
from tests.browser.helpers import click_when_it_comes, horizontal_overflow, wait_until_idle

GPT, PAIR, BERT = map(bundled.first, ("decoder", "encoder-decoder", "encoder"))


def open_decoding(page: Page, app_url: str, model: str = GPT, **parameters: object) -> None:
    text = bundled.texts(model).masked if model == BERT else bundled.texts(model).short
    page.goto(f"{app_url}/decoding?{urlencode({'model': model, bundled.text_key(model): text, **parameters})}")
    expect(page.get_by_role("heading", name="Decoding")).to_be_visible(timeout=60_000)
    wait_until_idle(page)


def in_url(page: Page, key: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(key, [None])[0]


def test_arrow_keys_step_through_the_draws_and_the_address_brings_them_back(page, app_url):
    open_decoding(page, app_url, PAIR, seed=17, temperature=1.4, position=1)
    for position in (2, 3):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_text(re.compile(rf"Token {position} of"))).to_be_visible()
    wait_until_idle(page)
    expect(page.locator(".st-key-provenance").get_by_text("✓")).to_be_visible()
    address, written = page.url, page.get_by_test_id("stButtonGroup").nth(1)
    text = written.inner_text()
    page.get_by_role("button", name="Next seed").click()
    expect(written).not_to_have_text(text)
    wait_until_idle(page)
    assert in_url(page, "seed") == "18"
    page.goto(address)
    expect(page.get_by_text("Token 3 of")).to_be_visible(timeout=60_000)
    wait_until_idle(page)
    expect(written).to_have_text(text, use_inner_text=True)


def test_a_click_on_a_branch_shows_its_factors_and_attention(page, app_url):
    open_decoding(page, app_url, PAIR, view="beam", length=5)
    page.locator("[data-node='2']").first.click()
    expect(page.get_by_text("1 of 1", exact=True)).to_be_visible()
    wait_until_idle(page)
    assert in_url(page, "branch") == "2"
    expect(page.get_by_text("looked in the source to write this token")).to_be_visible()


def test_stop_stops_and_what_was_drawn_stays(page, app_url):
    open_decoding(page, app_url, GPT, view="draws", length=60, seed=4, temperature=1.5, top_p=1)
    again = page.get_by_role("button", name=re.compile("Draw the other"))
    click_when_it_comes(page, ".st-key-stop button")  # Streamlit has a Stop of its own
    again.click()
    page.wait_for_function("window.clicked")
    expect(again).to_be_visible()
    wait_until_idle(page)
    left = int(again.inner_text().split()[-1])
    assert 0 < left < 200
    expect(page.get_by_text(f"{200 - left} of 200 drawn")).to_be_visible()
    again.click()
    expect(page.get_by_text("200 of 200 drawn")).to_be_visible(timeout=60_000)
    wait_until_idle(page)
    expect(page.get_by_role("button", name="All drawn")).to_be_disabled()


def test_tokens_are_taken_by_a_click_and_given_back_by_a_key(page, app_url):
    open_decoding(page, app_url, GPT, view="tokens")
    page.locator(".st-key-next_tokens").get_by_role("button").nth(2).click()
    expect(page.get_by_role("combobox", name="Return to a branch")).to_be_visible()
    wait_until_idle(page)
    taken = in_url(page, "path")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("taken => location.search.includes(`path=${taken}-`)", arg=taken)
    wait_until_idle(page)
    assert page.locator(".st-key-visited .legend").inner_text().split("\n") == ["on the best path"]
    for left in (taken, None):
        page.keyboard.press("ArrowLeft")
        page.wait_for_function("path => new URLSearchParams(location.search).get('path') === path", arg=left)
        wait_until_idle(page)
    page.locator(".st-key-visited [data-node='1']").first.click()
    page.wait_for_function("taken => location.search.includes(`path=${taken}`)", arg=taken)


def test_the_curves_of_the_temperature_are_read_by_keys_and_pointer(page, app_url):
    open_decoding(page, app_url, GPT, text="A small dog is", position=3, temperature=0.8)
    shown = page.locator(".st-key-temperature_curves .values")
    chart = page.get_by_role("img", name="as the temperature grows")
    values, here = shown.locator("b"), shown.locator(".heading")
    column = page.locator(".st-key-filter_bars tbody tr:not(.tail) td:nth-of-type(2) .number")
    expect(here).to_have_text("p at T = 0.8")
    expect(values).to_have_text(column.all_inner_texts()[:4])  # its own table says the same
    chart.focus()
    page.keyboard.press("ArrowRight")
    expect(here).to_have_text("p at T = 0.844")
    page.keyboard.press("ArrowLeft")
    expect(here).to_have_text("p at T = 0.8")
    wait_until_idle(page)
    assert in_url(page, "position") == "3"  # the same keys step through the draws where the chart has no focus
    box = chart.bounding_box()
    chart.hover(position={"x": box["width"] - 2, "y": 60})
    expect(here).to_have_text("p at T = 3")
    exact = [float(text) for text in shown.locator(".small").all_inner_texts()]
    assert all(len(text) > 12 for text in shown.locator(".small").all_inner_texts())
    assert sorted(exact, reverse=True) == exact and sum(exact) < 0.5
    page.mouse.move(0, 0)
    expect(here).to_have_text("p at T = 0.8")
    page.locator(".st-key-temperature").get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(here).to_have_text("p at T = 0.85")


@pytest.mark.parametrize("model", [PAIR, BERT])
def test_a_phone_needs_no_scrolling_sideways(page, app_url, model):
    page.set_viewport_size({"width": 390, "height": 844})
    open_decoding(page, app_url, model, length=6)
    for view in page.get_by_test_id("stButtonGroup").first.get_by_role("radio").all():
        view.click()
        expect(view).to_be_checked()
        wait_until_idle(page)
        assert horizontal_overflow(page) == 0, view.inner_text()
