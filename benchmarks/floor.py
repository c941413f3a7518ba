"""What Streamlit itself takes: a slider on pages with more and more elements, none of them ours.

    python -m benchmarks.floor [--moves 12]

From the key to the last change of the page, as in ``benchmarks.interaction``. A control of ours that asks the server
cannot be faster than its page's number of elements lets it be.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks import probe
from benchmarks.interaction import percentiles
from tests.browser.helpers import ASKED, wait_until_idle
from tests.browser.launch import open_browser, running_app

PAGE = Path(__file__).with_name("bare_page.py")
ELEMENTS = (1, 10, 20, 30, 50)
WARM = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=12)
    moves = parser.parse_args().moves
    print("| elements | runs | p50: ms | p95 |\n| ---: | --- | ---: | ---: |")
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        running_app(Path(folder) / "app.log", PAGE) as app,
    ):
        browser = open_browser(playwright)
        for n in ELEMENTS:
            for whole in (False, True):
                page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
                page.add_init_script(ASKED)
                probe.install(page)
                page.goto(f"{app}/?n={n}{'&whole=1' if whole else ''}")
                wait_until_idle(page)
                page.get_by_role("slider").focus()
                times = []
                for i in range(WARM + moves):
                    probe.arm(page)
                    page.keyboard.press(("ArrowRight", "ArrowLeft")[i % 2])
                    times.append(probe.read(page).all)
                half, most = percentiles(times[WARM:])
                print(f"| {n} | {'the page' if whole else 'a fragment'} | {half:.0f} | {most:.0f} |", flush=True)
                page.context.close()
        browser.close()


if __name__ == "__main__":
    main()
