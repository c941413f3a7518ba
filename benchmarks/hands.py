"""What a visitor's hand does with a control: one move of every kind of control that the pages have."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as Late

Move = Callable[[Page, int], None]

CANVAS, PLOTLY = "canvas", "Plotly"
GOALS = {CANVAS: 100, PLOTLY: 200}  # milliseconds at p95 until the picture
NEW_PASS = 100  # more, where the model must read first
GPT, PAIR, BERT, TOY = "gpt-captions", "translator-en-de", "bert-captions", "classroom-tiny-gpt"
LENGTHS = (64, 16)  # tokens, where both are measured
AROUND = 5  # values by turns: what was shown two runs ago, Streamlit does not send again


@dataclass(frozen=True)
class Control:
    """One control of one page: `prepare` is not timed, the first press of `move` starts the stopwatch."""

    name: str
    move: Move
    prepare: Move = lambda page, i: None
    query: tuple[tuple[str, str], ...] = ()
    picture: str = CANVAS  # what draws the picture that it changes, or CANVAS for the components' other pictures too
    passes: bool = False  # whether each move needs a forward pass, or several, that nobody has asked for yet
    models: tuple[str, ...] = (GPT,)
    lengths: tuple[int, ...] = LENGTHS[:1]  # of the first model's text; the other models read the longest alone

    @property
    def goal(self) -> int:
        """Milliseconds at p95."""
        return GOALS[self.picture] + NEW_PASS * self.passes


def select(key: str, first: int = 0) -> dict[str, Move]:
    """A select box: opening its list is not timed, choosing an entry is (a few from ``first`` on, by turns)."""

    def open_list(page: Page, i: int) -> None:
        for patience in (2_000, 2_000, 15_000):  # milliseconds; a list may close again while the page is still drawn
            page.locator(f".st-key-{key} input").first.focus()
            page.keyboard.press("ArrowDown")
            with suppress(Late):
                page.get_by_role("option").first.wait_for(timeout=patience)
                break

    def choose(page: Page, i: int) -> None:
        options = page.get_by_role("option")
        places = range(first, min(options.count(), first + AROUND))
        free = [k for k in places if options.nth(k).get_attribute("aria-selected") != "true"]
        options.nth(free[i % len(free)]).click()

    return {"prepare": open_list, "move": choose}


def canvas(component: str, part: str = "", which: int = 0, apart: float = 0.07, low: float = 0.85) -> Move:
    """A click on a canvas, in a few places one after the other, so far ``apart`` as a share of its width.

    ``low``: how far down the first one is, as a share of its height; the others are above it.
    """

    def click(page: Page, i: int) -> None:
        target = page.locator(f".st-key-{component} canvas{part}").nth(which)
        box, n = target.bounding_box(), i % AROUND
        target.click(position={"x": box["width"] * (0.2 + apart * n), "y": box["height"] * low * (1 - 0.1 * n)})

    return click


def inside(component: str, selector: str, places: tuple[int, ...] = (0, 1)) -> Move:
    """A click on something inside of a component, or of anything that has a key: some of a kind, by turns."""
    return lambda page, i: page.locator(f".st-key-{component} {selector}").nth(places[i % len(places)]).click()


def button(*names: str) -> Move:
    """Buttons pressed by turns."""
    return lambda page, i: page.get_by_test_id("stMain").get_by_role("button", name=names[i % 2]).first.click()


def radio(*names: str) -> Move:
    """Two choices of a row, by turns."""
    return lambda page, i: page.get_by_test_id("stMain").get_by_role("radio", name=names[i % 2]).first.click()


def toggle(key: str) -> Move:
    """A switch, on and off by turns."""
    return lambda page, i: page.locator(f".st-key-{key} label").first.click()


def slider(key: str) -> Move:
    """A slider of Streamlit's, one step to the left or to the right by turns; its focus costs nothing."""

    def step(page: Page, i: int) -> None:
        page.locator(f".st-key-{key}").get_by_role("slider").focus()
        page.keyboard.press(("ArrowRight", "ArrowLeft")[i % 2])

    return step


def step(key: str) -> Move:
    """The plus and the minus of a field for a number, by turns."""
    signs = ("stNumberInputStepUp", "stNumberInputStepDown")
    return lambda page, i: page.locator(f".st-key-{key}").get_by_test_id(signs[i % 2]).click()


def press(*names: str) -> Move:
    """Keys, by turns."""
    return lambda page, i: page.keyboard.press(names[i % len(names)])


def drag(name: str) -> Move:
    """A slider taken at one place, pulled to another and let go of; to a few places one after the other."""

    def pull(page: Page, i: int) -> None:
        box = page.get_by_role("slider", name=name, exact=True).bounding_box()
        end = 0.6 + 0.04 * (i % AROUND)
        places = [box["x"] + share * box["width"] for share in (0.4, 0.5, end)]
        page.mouse.move(places[0], box["y"] + box["height"] / 2)
        page.mouse.down()
        for x in places[1:]:
            page.mouse.move(x, box["y"] + box["height"] / 2)
        page.mouse.up()

    return pull


def write(key: str, *texts: str) -> dict[str, Move]:
    """A text field: filling it is not timed, sending it off is; as many texts as there are, one after the other."""

    def fill(page: Page, i: int) -> None:
        page.locator(f".st-key-{key}").get_by_role("textbox").fill(texts[i % len(texts)])

    return {"prepare": fill, "move": lambda page, i: page.keyboard.press("Control+Enter")}
