"""What a test in the browser does with a page: wait for it, watch it, take its picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page

PATIENCE = 60_000  # milliseconds; the first visitor waits for torch, on a machine that does other things too

# Between a click and the message that a run has started, nothing on the page tells that one is coming: so the page
# counts as idle only after it has been so for a while without a break.
_IDLE_FOR = """
(wanted) => {
  const app = document.querySelector('[data-testid="stApp"]');
  const waiting = '[data-testid="stSkeleton"], [data-testid="stSpinner"], [data-stale="true"]';
  const now = performance.now();
  const idle = app !== null
    && app.dataset.testScriptState === 'notRunning'
    && app.dataset.testConnectionState === 'CONNECTED'
    && document.fonts.status === 'loaded'
    && document.querySelector(waiting) === null;
  if (!idle || window.idleSince === undefined) window.idleSince = now;
  return now - window.idleSince >= wanted;
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

    def complaints(self, page: Page) -> list[str]:
        """Everything that went wrong, with the exceptions that the app shows on the page, as sentences."""
        shown = page.locator('[data-testid="stException"]').all_inner_texts()
        return [
            *(f"error in the page: {error}" for error in self.errors),
            *(f"request to the outside: {url}" for url in self.outside),
            *(f"exception on the page: {text}" for text in shown),
        ]


def watch(page: Page) -> Watch:
    """Begin to record a page's errors and its requests to other machines."""
    seen = Watch()
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("console", lambda message: _note_console(message, seen))
    page.on("request", lambda request: None if _is_local(request.url) else seen.outside.append(request.url))
    page.on("websocket", lambda socket: None if _is_local(socket.url) else seen.outside.append(socket.url))
    return seen


def wait_until_idle(page: Page, quiet: int = 250, timeout: int = PATIENCE) -> None:
    """Wait until the app has run, nothing on the page is stale or loading, and it has stayed so for ``quiet`` ms."""
    page.evaluate("() => { window.idleSince = undefined; }")
    page.wait_for_function(_IDLE_FOR, arg=quiet, timeout=timeout)


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
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_viewport_size({"width": width, "height": height})
    wait_until_idle(page)
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
