"""The line for heavy jobs in a real browser: one waits, sees it move, leaves it, or goes elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.launch import running_app

SCRIPT = '''
import threading
from pathlib import Path

import streamlit as st

from explorer.ui import queue
from explorer.ui.jobs import Jobs

FOLDER = Path({folder!r})


@st.cache_resource
def one_place():
    jobs = Jobs(1)

    def others():
        """Two others, each of whom has the place until a file is there."""
        for name in ("first", "second"):
            threading.Thread(target=work, args=(name,), daemon=True).start()
            while jobs.n_running + jobs.n_waiting < (1 if name == "first" else 2):
                pass

    def work(name):
        with jobs.place(name):
            while not (FOLDER / name).exists():
                threading.Event().wait(0.02)

    others()
    return jobs


queue.jobs = one_place()
st.sidebar.button("Something in the sidebar")


@st.fragment
def part():
    with queue.place():
        st.markdown("The job is done.")


part()
st.markdown("The page is whole.")
st.caption(f"in line: {{queue.jobs.n_waiting}}")
'''


@pytest.fixture
def line(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a page whose job waits behind two others, and the folder whose files let these two end."""
    script = tmp_path / "page.py"
    script.write_text(SCRIPT.format(folder=str(tmp_path)), encoding="utf-8")
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    try:
        with running_app(tmp_path / "log", script) as url:
            yield url, tmp_path
    finally:
        del os.environ["PYTHONPATH"]


def test_one_sees_the_line_move_and_leaves_it(line: tuple[str, Path], fresh_page: Page) -> None:
    url, folder = line
    page = fresh_page
    page.goto(url)
    expect(page.get_by_text("2 others are before you.")).to_be_visible()
    (folder / "first").touch()
    expect(page.get_by_text("1 other is before you.")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role(
        "button", name="Stop"
    ).click()  # within a fragment, while the page's run is still going on
    expect(page.get_by_text("You have left the line.", exact=False)).to_be_visible()
    expect(page.get_by_text("before you")).to_have_count(0)
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_text("1 other is before you.")).to_be_visible()
    page.get_by_role("button", name="Something in the sidebar").click()  # a control that has nothing to do with it
    expect(page.get_by_text("1 other is before you.")).to_be_visible()
    (folder / "second").touch()
    expect(page.get_by_text("The job is done.")).to_be_visible()
    expect(page.get_by_text("The page is whole.")).to_be_visible()
    expect(page.get_by_text("before you")).to_have_count(0)
    expect(page.get_by_text("in line: 0")).to_be_visible()  # no place in line of an earlier wish was left behind


def test_who_closes_the_page_leaves_the_line(line: tuple[str, Path], fresh_page: Page) -> None:
    url, folder = line
    page = fresh_page
    page.goto(url)
    expect(page.get_by_text("2 others are before you.")).to_be_visible()
    other = page.context.new_page()
    other.goto(url)
    expect(other.get_by_text("3 others are before you.")).to_be_visible()
    page.goto("about:blank")
    expect(other.get_by_text("2 others are before you.")).to_be_visible()
    for name in ("first", "second"):
        (folder / name).touch()
    expect(other.get_by_text("The job is done.")).to_be_visible()
    other.close()
