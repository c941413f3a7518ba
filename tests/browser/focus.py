"""Where the focus goes when Tab is pressed, and what it passes over."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.helpers import wait_until_idle

SCRIPT = Path(__file__).with_name("focus.js").read_text(encoding="utf-8")  # what the functions here need in the page
MAIN, SIDEBAR = '[data-testid="stMain"]', '[data-testid="stSidebarContent"]'
MOST = 250  # presses of Tab: no view has that many places to stop

# What a pointer can use and Tab passes over, since something that it reaches does the same.
ELSEWHERE = {
    "position_waves": "marks",  # a click on a curve, a clock or a wavelength sets the sliders of the same picture
}


def press_through(page: Page, region: str) -> list[str]:
    """Press Tab until the focus leaves the region again; the names of where it stopped."""
    page.evaluate(
        """(region) => {
          const start = Object.assign(document.createElement('span'), { tabIndex: -1 });
          document.querySelector(region).prepend(start);
          start.focus();
          start.remove();
        }""",
        region,
    )
    stops = []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        stop = page.evaluate("(region) => step(region)", region)
        # Streamlit takes away the button that copies code in the moment it gets the focus: the next Tab goes on.
        if stop is None or [stop] == stops[-1:] == [""]:
            return stops
        stops.append(stop)
    raise AssertionError(f"Tab does not leave {region}: {stops[-5:]}")


def passed_over(page: Page, region: str) -> list[str]:
    missed = page.evaluate("(region) => missed(region)", region)
    return [
        one for one in missed if not any(one.startswith(key) and f'"{name}"' in one for key, name in ELSEWHERE.items())
    ]


def keyboard_faults(page: Page) -> list[str]:
    """What is wrong for a visitor without a mouse, who asked for less motion; as sentences."""
    if not press_through(page, MAIN):
        return ["Tab stops nowhere"]
    if passed_over(page, MAIN):  # a picture that was drawn anew on the way has new elements: once more
        wait_until_idle(page)
        press_through(page, MAIN)
    return [
        *(f"Tab passes over {one}" for one in passed_over(page, MAIN)),
        *(f"the focus is not seen on {one}" for one in page.evaluate("() => unseen()")),
        *(f"no name is told of {one}" for one in page.evaluate("() => mute()")),
        *(f"{one} goes on moving" for one in page.evaluate("() => moving()")),
    ]
