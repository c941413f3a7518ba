"""The laboratory in a real browser: its slider by keyboard, and the numbers that follow."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from explorer.analysis.score_laboratory import laboratory
from explorer.figures.style import significant
from tests.browser.helpers import wait_until_idle


def test_the_slider_is_moved_by_keyboard_and_the_numbers_follow(page, app_url):
    page.goto(f"{app_url}/break_it?view=laboratory&m=64")
    place = page.locator(".st-key-score_laboratory")
    expect(place.get_by_role("slider")).to_be_visible(timeout=60_000)
    wait_until_idle(page)
    place.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    lab = laboratory(1, 32, 80)
    variance = place.locator(".facts").nth(2)
    for way in (0, 1):
        shown = significant(lab.measured["variance"][way, lab.at(80)])
        expect(variance.locator(".way").nth(way).locator("b")).to_have_text(shown)
    expect(place.get_by_role("textbox")).to_have_value("80")
    expect(page.locator(".st-key-provenance")).to_contain_text("m = 80")
    expect(page).to_have_url(re.compile("m=80"))
    box = place.get_by_role("textbox")
    box.fill("2000")
    box.press("Enter")
    expect(place.get_by_role("alert")).to_have_text("m must be a whole number from 1 to 1,024.")
    expect(box).to_have_value("2000")
    box.fill("97")  # no stop of the slider: its numbers come with the answer
    box.press("Enter")
    expect(page).to_have_url(re.compile("m=97"))
    lab = laboratory(1, 32, 97)
    expect(variance.locator("b").nth(1)).to_have_text(significant(lab.measured["variance"][1, lab.at(97)]))
