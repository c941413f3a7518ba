"""One tab of the browser that many tests use in turn, each finding it empty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.browser.helpers import ASKED

WINDOW = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}

_FORGET = "() => { if (location.protocol.startsWith('http')) { localStorage.clear(); sessionStorage.clear(); } }"


def new_window(browser: Browser) -> BrowserContext:
    """A window of its own, with nothing in it: no cache, no storage. It reaches this machine only: see launch.py."""
    context = browser.new_context(**WINDOW)
    context.add_init_script(ASKED)
    return context


@contextmanager
def runs_first(page: Page, script: str) -> Iterator[None]:
    """Within it each document that the page opens runs this script before its own; afterwards none does.

    ``page.add_init_script`` cannot be taken back, so that it needs a new window, where a page of Streamlit's takes
    twice as long: nothing of it is there yet.
    """
    protocol = page.context.new_cdp_session(page)
    protocol.send("Page.enable")
    added = protocol.send("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    try:
        yield
    finally:
        with suppress(Error):  # it may have crashed
            protocol.send("Page.removeScriptToEvaluateOnNewDocument", added)
            protocol.detach()


class Tab:
    """A tab that stays open from test to test, so that what it has fetched and compiled serves the next one too."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._context: BrowserContext | None = None
        self._page: Page | None = None

    @property
    def page(self) -> Page:
        """The page in the tab."""
        if self._page is None:
            self._context = new_window(self._browser)
            self._page = self._context.new_page()
        return self._page

    def empty(self) -> None:
        """Leave no document, storage, cookies, pressed button or other tab; where that fails, the next tab is new."""
        try:
            _empty(self.page)
        except Error:
            self.close()

    def close(self) -> None:
        if self._context is not None:
            with suppress(Error):  # it may have crashed
                self._context.close()
        self._context = self._page = None


def _empty(page: Page) -> None:
    for other in page.context.pages:
        if other is not page:
            other.close()
    page.evaluate(_FORGET)
    page.goto("about:blank")
    page.context.clear_cookies()
    page.mouse.up()
    page.mouse.move(0, 0)
    page.set_viewport_size(WINDOW["viewport"])
    page.emulate_media(color_scheme=WINDOW["color_scheme"], reduced_motion="no-preference")
