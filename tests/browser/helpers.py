"""What a test in the browser does with a page: wait for it, watch it, take its picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebSocket
from playwright.sync_api import TimeoutError as Late

from explorer.figures.style import DARK, LIGHT

PATIENCE = 60_000  # milliseconds; the first visitor waits for torch, on a machine that does other things too

# Whether a run was asked for whose beginning the server has not told yet: nothing on the page says so, and on a busy
# machine it takes a while. A page that does not have this script counts as answered.
# 0x5a is how a request to run the script begins: field 11, rerun_script, of Streamlit's BackMsg.
ASKED = """
(() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (message) {
    if (message[0] === 0x5a) {
      window.asked = true;
      this.addEventListener('message', () => { window.asked = false; }, { once: true });
    }
    return send.call(this, message);
  };
})();
"""

# Between a click and what it asks of the server there may be a moment too, and between an answer and its drawing: so
# the page counts as idle only after it has been so for a while, whenever it was looked at. Two looks are not enough: on
# a busy machine a long time passes between them.
_IDLE_FOR = """
(wanted) => {
  const app = document.querySelector('[data-testid="stApp"]');
  const waiting = document.querySelector('[data-testid="stSkeleton"], [data-testid="stSpinner"], [data-stale="true"]');
  const reasons = {
    'the app is not there': app === null,
    'a run goes on': app?.dataset.testScriptState !== 'notRunning',
    'the connection is not there': app?.dataset.testConnectionState !== 'CONNECTED',
    'a run was asked for': window.asked,
    'fonts are loading': document.fonts.status !== 'loaded',
    'Plotly is loading': window.explorerPlotly && !window.Plotly,
    'an element is loading, or stale': waiting !== null,
  };
  window.notIdle = Object.keys(reasons).filter((reason) => reasons[reason]);
  const looks = window.notIdle.length > 0 ? [] : [...(window.idleLooks ?? []), performance.now()];
  window.idleLooks = looks;
  return looks.length > 3 && looks.at(-1) - looks[0] >= wanted;
}
"""

# A theme is there when the app's background is: the pictures follow at once, and what the server draws after a run.
_BACKGROUND_IS = """
(wanted) => {
  const app = document.querySelector('[data-testid="stApp"]');
  return app !== null && getComputedStyle(app).backgroundColor === wanted;
}
"""

# Streamlit scrolls inner elements, not the page: the height that shows all is the highest of theirs.
_FULL_HEIGHT = """
() => Math.max(...['stMain', 'stSidebarContent']
  .map((name) => document.querySelector(`[data-testid="${name}"]`))
  .filter((element) => element !== null)
  .map((element) => Math.ceil(element.getBoundingClientRect().top + element.scrollHeight)))
"""


@dataclass
class Watch:
    """What went wrong on a page so far: errors of its scripts and its console, and what it asked of other machines."""

    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    listeners: list[tuple[Page | BrowserContext, str, Callable]] = field(default_factory=list)

    def complaints(self, page: Page) -> list[str]:
        """Everything that went wrong, with the exceptions that the app shows on the page, as sentences."""
        shown = page.locator('[data-testid="stException"]').all_inner_texts()
        return [
            *(f"error in the page: {error}" for error in self.errors),
            *(f"request to the outside: {url}" for url in self.outside),
            *(f"exception on the page: {text}" for text in shown),
        ]

    def listen(self, source: Page | BrowserContext, event: str, listener: Callable) -> None:
        source.on(event, listener)
        self.listeners.append((source, event, listener))

    def stop(self) -> None:
        """Record no more."""
        for source, event, listener in self.listeners:
            source.remove_listener(event, listener)
        self.listeners.clear()


def watch(page: Page) -> Watch:
    """Begin to record a page's errors, and what it and the tabs that it opens ask of other machines."""
    seen = Watch()

    def note(asked: Request | WebSocket) -> None:
        if not _is_local(asked.url):
            seen.outside.append(asked.url)

    seen.listen(page, "pageerror", lambda error: seen.errors.append(str(error)))
    seen.listen(page, "console", lambda message: _note_console(message, seen))
    seen.listen(page, "websocket", note)
    seen.listen(page.context, "request", note)
    return seen


def wait_until_idle(page: Page, quiet: int = 250, timeout: int = PATIENCE) -> None:
    """Wait until the app has run, nothing on the page is stale or loading, and it has stayed so for ``quiet`` ms."""
    page.evaluate("() => { window.idleLooks = []; }")
    try:
        page.wait_for_function(_IDLE_FOR, arg=quiet, timeout=timeout)
    except Late as error:
        raise AssertionError(f"The page is not idle after {timeout} ms: {page.evaluate('window.notIdle')}") from error


def type_text(page: Page, text: str) -> None:
    """Type it into the sidebar, and do not wait for the answer."""
    field = page.get_by_label("Text", exact=True)
    field.fill(text)
    field.press("Control+Enter")


def set_theme(page: Page, dark: bool, timeout: int = PATIENCE) -> None:
    """Tell an open page of the app that its visitor's system asks for dark or light colours; wait until it has them."""
    wait_until_idle(page, timeout=timeout)  # a page that is still loading may not listen yet, and would miss the change
    background = rgb((DARK if dark else LIGHT).background)
    if not page.evaluate(_BACKGROUND_IS, background):
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.wait_for_function(_BACKGROUND_IS, arg=background, timeout=timeout)
        wait_until_idle(page, timeout=timeout)


def click_when_it_comes(page: Page, selector: str) -> None:
    """Let the page itself click a button in the moment it appears.

    For a button that is there only while something goes on: on a fast machine it may be over before a click from
    outside arrives. Call it before what brings the button; ``window.clicked`` is true once it was clicked.
    """
    page.evaluate(
        """(selector) => {
          window.clicked = false;
          new MutationObserver((_, observer) => {
            const button = document.querySelector(selector);
            if (button === null) return;
            observer.disconnect();
            window.clicked = true;
            button.click();
          }).observe(document.body, { subtree: true, childList: true });
        }""",
        selector,
    )


def rgb(colour: str) -> str:
    """A colour #RRGGBB as the browser computes it: ``rgb(17, 17, 20)``."""
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"


def screenshot(page: Page, path: Path, width: int = 1280, height: int = 800, dark: bool = False) -> None:
    """Save a picture of the whole page as it looks at this width, also of what lies below the fold.

    Parameters
    ----------
    page : Page
        An open page of the app; its viewport and its colour scheme stay as set here.
    path : Path
        Where the PNG goes.
    width, height : int
        The window, in CSS pixels; the picture is higher where the page is.
    dark : bool
        Whether the visitor's system asks for dark colours.
    """
    page.set_viewport_size({"width": width, "height": height})
    set_theme(page, dark)
    full = page.evaluate(_FULL_HEIGHT)
    if full > height:
        page.set_viewport_size({"width": width, "height": full})
        wait_until_idle(page)
    page.screenshot(path=path)


def horizontal_overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window; 0 where nothing has to be scrolled sideways."""
    return page.evaluate(
        """() => { const main = document.querySelector('[data-testid="stMain"]');
                   return Math.max(0, main.scrollWidth - main.clientWidth); }"""
    )


def _note_console(message: ConsoleMessage, seen: Watch) -> None:
    where = message.location.get("url", "")
    # Opened below its root, Streamlit first looks for its server there, and finds it at the root after a 404.
    looking = "404" in message.text and urlsplit(where).path.endswith(("/_stcore/health", "/_stcore/host-config"))
    if message.type == "error" and not looking:
        seen.errors.append(f"{message.text} ({where})")


def _is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname == "127.0.0.1"
