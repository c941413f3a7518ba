"""The watching of pages: what it must notice, and what a picture must show."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.helpers import horizontal_overflow, screenshot, wait_until_idle, watch
from tests.browser.launch import find_chromium, running_app

SCRIPT = """
import streamlit as st

st.title("Seven")
if st.button("More"):
    st.write("Here is more.")
if st.button("Break"):
    raise ValueError("broken on purpose")
for number in range(60):
    st.write(f"line {number}")
"""


@pytest.fixture(scope="module")
def small_app(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("small")
    (folder / "small.py").write_text(SCRIPT)
    with running_app(folder / "server.log", folder / "small.py") as url:
        yield url


def test_page_is_idle_only_after_the_click_has_been_answered(page: Page, small_app: str) -> None:
    page.goto(small_app)
    wait_until_idle(page)
    page.get_by_role("button", name="More").click()
    wait_until_idle(page)
    assert page.get_by_text("Here is more.").is_visible()  # without waiting: that is what is tested


def test_exception_on_the_page_is_a_complaint(browser: Browser, small_app: str) -> None:
    page = browser.new_page()
    seen = watch(page)
    page.goto(small_app)
    wait_until_idle(page)
    assert seen.complaints(page) == []
    page.get_by_role("button", name="Break").click()
    expect(page.get_by_test_id("stException")).to_be_visible()
    assert "broken on purpose" in seen.complaints(page)[0]
    page.close()


def test_outside_requests_and_errors_are_complaints(browser: Browser) -> None:
    page = browser.new_page()
    seen = watch(page)
    page.set_content("<img src='https://example.org/seven.png'><script>throw new Error('eleven')</script>")
    page.wait_for_load_state("load")
    assert seen.outside == ["https://example.org/seven.png"]
    assert any("eleven" in error for error in seen.errors)
    assert any("ERR_NAME_NOT_RESOLVED" in error for error in seen.errors)
    page.close()


def test_screenshot_shows_the_whole_page_in_the_wanted_theme(page: Page, small_app: str, tmp_path: Path) -> None:
    page.goto(small_app)
    screenshot(page, tmp_path / "picture.png", width=390, height=844, dark=True)
    assert page.viewport_size["width"] == 390
    assert page.viewport_size["height"] > 844
    assert page.get_by_text("line 59").bounding_box()["y"] < page.viewport_size["height"]
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(17, 17, 20)")
    assert horizontal_overflow(page) == 0
    for dark, colour in ((True, (17, 17, 20)), (False, (255, 255, 255))):
        screenshot(page, tmp_path / "picture.png", width=390, height=844, dark=dark)
        with Image.open(tmp_path / "picture.png") as picture:
            assert picture.convert("RGB").getpixel((3, picture.height - 3)) == colour


def test_missing_browser_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(RuntimeError, match="CHROMIUM=/nowhere/chromium is not a program"):
        find_chromium()


def test_app_that_does_not_start_shows_its_log(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with code"), running_app(tmp_path / "log", tmp_path / "none.py"):
        pass
