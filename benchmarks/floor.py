"""What Streamlit itself takes on pages with more and more elements, none of them ours: a slider, and another page.

    python -m benchmarks.floor [--moves 12]

From the key or the click to the last change of the page, as in ``benchmarks.interaction``. A control of ours that asks
the server cannot be faster than its page's number of elements lets it be.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import probe
from benchmarks.interaction import percentiles
from tests.browser.helpers import ASKED, wait_until_idle
from tests.browser.launch import open_browser, running_app

HERE = Path(__file__).parent
ELEMENTS = (1, 10, 20, 30, 50)
WARM = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=12)
    moves = parser.parse_args().moves
    print("| elements | what runs | p50: ms | p95 |\n| ---: | --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = open_browser(playwright)
        with running_app(Path(folder) / "page.log", HERE / "bare_page.py") as app:
            for n in ELEMENTS:
                time_moves(browser, f"{app}/?n={n}", slide, moves, f"| {n} | a fragment |")
                time_moves(browser, f"{app}/?n={n}&whole=1", slide, moves, f"| {n} | the page |")
        with running_app(Path(folder) / "pages.log", HERE / "bare_pages.py") as app:
            for n in ELEMENTS:
                time_moves(browser, f"{app}/?n={n}", go, moves, f"| {n} | another page |")
        browser.close()


def time_moves(browser: Browser, address: str, move: Callable[[Page, int], None], moves: int, words: str) -> None:
    """Open the address, move so often, and print a row of the table that begins with these words."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(ASKED)
    probe.install(page)
    page.goto(address)
    wait_until_idle(page)
    times = []
    for i in range(WARM + moves):
        probe.arm(page)
        move(page, i)
        times.append(probe.read(page).all)
    half, most = percentiles(times[WARM:])
    print(f"{words} {half:.0f} | {most:.0f} |", flush=True)
    page.context.close()


def slide(page: Page, i: int) -> None:
    page.get_by_role("slider").press(("ArrowRight", "ArrowLeft")[i % 2])


def go(page: Page, i: int) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text="BA"[i % 2]).click()


if __name__ == "__main__":
    main()
