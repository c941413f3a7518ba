"""The residual stream in a real browser: clicks, keys, the address, a phone."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Page, expect

from tests import bundled
from tests.browser.helpers import horizontal_overflow, wait_until_idle

TRANSLATOR = bundled.first("encoder-decoder")


def open_stream(page: Page, app_url: str, **parameters: object) -> None:
    page.goto(f"{app_url}/forward_pass?{urlencode({'view': 'stream', **parameters})}")
    expect(page.locator(".st-key-lens_map th.picked")).to_be_visible(timeout=60_000)
    wait_until_idle(page)


def in_url(page: Page, key: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(key, [None])[0]


def test_a_part_a_position_and_a_token_are_picked_and_a_head_leads_to_its_picture(page, app_url):
    open_stream(page, app_url, model=TRANSLATOR)
    page.locator(".st-key-contribution_grid .cell[title^='layer 2 cross-attention head 3']").click()
    panel = page.locator(".st-key-provenance")
    expect(panel).to_contain_text("What layer 2 cross-attention head 3 adds")
    expect(panel).to_contain_text("✓")
    wait_until_idle(page)
    assert in_url(page, "stream_part") == "head-cross-2-3"
    page.locator(".st-key-lens_map button[tabindex='0']").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    position = 1 + int(page.locator(".st-key-lens_map button:focus").get_attribute("data-place").split()[1])
    page.keyboard.press("Enter")
    expect(panel).to_contain_text(f"position {position}")
    wait_until_idle(page)
    assert in_url(page, "stream_position") == str(position)
    token = page.locator(".st-key-lens_position button").nth(1)
    name = token.locator(".name").inner_text()
    token.click()
    expect(page.get_by_role("heading", name="What adds up to")).to_contain_text(name)
    wait_until_idle(page)
    assert in_url(page, "stream_token") is not None
    page.get_by_role("button", name="See what this head looks at").click()
    expect(page.get_by_role("heading", name="Layer 2, head 3")).to_be_visible()
    assert (in_url(page, "kind"), in_url(page, "layer"), in_url(page, "head")) == ("cross", "2", "3")


def test_a_phone_shows_all_of_it_and_a_token_can_be_typed(page, app_url):
    page.set_viewport_size({"width": 390, "height": 844})
    open_stream(page, app_url, model=TRANSLATOR, measure="token", stream_part="sum")
    assert horizontal_overflow(page) == 0
    expect(page.locator(".st-key-provenance")).to_contain_text("The sum of all 50 parts")
    expect(page.locator(".st-key-contribution_grid .cell")).to_have_count(50)
    box = page.locator(".st-key-stream_token input")
    box.fill("Donaudampfschiff ![a](b)")
    box.press("Enter")
    expect(page.get_by_text("“Donaudampfschiff ![a](b)” is")).to_be_visible()
    expect(page.get_by_role("heading", name="What adds up to")).to_contain_text("␣D")
    wait_until_idle(page)
    assert horizontal_overflow(page) == 0
