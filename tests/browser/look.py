"""Look at pages of the app: ``python -m tests.browser.look 'attention_heads?layer=2' --out pictures``.

Saves each page in a wide window (light and dark) and on a phone, and prints what went wrong on it.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from contextlib import nullcontext
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.helpers import horizontal_overflow, screenshot, watch
from tests.browser.launch import open_browser, running_app

VIEWS = {"light": (1280, 800, False), "dark": (1280, 800, True), "phone": (390, 844, False)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a page with its query; '/' is the first one")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the pictures")
    parser.add_argument("--url", help="an app that runs already; without it, one is started")
    parser.add_argument("--views", nargs="+", choices=VIEWS, default=list(VIEWS), help="which pictures to take")
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = nullcontext(wanted.url.rstrip("/")) if wanted.url else running_app(Path(folder) / "server.log")
        with app as url:
            browser = open_browser(playwright)
            for path in wanted.paths:
                for view in wanted.views:
                    look(browser, url, path, view, wanted.out)
            browser.close()


def look(browser: Browser, url: str, path: str, view: str, out: Path) -> None:
    """Open one page in a fresh context, save its picture, and print the file's name and all complaints."""
    width, height, dark = VIEWS[view]
    size = {"width": width, "height": height}
    context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light")
    page = context.new_page()
    seen = watch(page)
    page.goto(f"{url}/{path.lstrip('/')}")
    name = re.sub(r"\W+", "-", path.strip("/")).strip("-")[:80] or "home"
    file = out / f"{name}.{view}.png"
    screenshot(page, file, width, height, dark)
    complaints = seen.complaints(page)
    if overflow := horizontal_overflow(page):
        complaints.append(f"{overflow} px wider than the window")
    context.close()
    print(file, *complaints, sep="\n  ")


if __name__ == "__main__":
    main()
