"""A visitor who clicks anywhere, faster than any page can follow: whatever is there in the end is whole."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.helpers import wait_until_idle, watch
from tests.bundled import first

CLICKS = Path(__file__).with_name("random_clicks.js").read_text("utf-8").strip().rstrip(";")


def test_every_page_survives_them(fresh_page: Page, app_url: str) -> None:
    page, seen = fresh_page, watch(fresh_page)
    page.goto(f"{app_url}/decoding?model={first('decoder')}")
    wait_until_idle(page)
    page.evaluate(CLICKS, {"seed": 2, "clicks": 60})
    wait_until_idle(page)
    assert seen.complaints(page) == []
    assert page.evaluate("sessionStorage.getItem('explorer-came-back')") is None
    assert page.get_by_test_id("stMain").inner_text().strip()
