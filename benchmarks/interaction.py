"""From a control's change until the picture has been repainted, in a real Chromium, on the real app.

    python -m benchmarks.interaction [--moves 30] [--model gpt-captions]

"picture" is the first frame with the new picture on its canvas, "all" the last change of anything on the page (the
numbers in words, tables, captions). Beside each control stands a bare Streamlit fragment with one slider, measured in
the same run by turns.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import probe
from tests.browser.helpers import wait_until_idle
from tests.browser.launch import open_browser, running_app

BARE = Path(__file__).with_name("bare_fragment.py")
WORDS = "a small dog and a big dog run over the wet grass near the old house while two men watch them"


@dataclass(frozen=True)
class Control:
    """One control of one page: `prepare` is not timed, the first press of `move` starts the stopwatch."""

    name: str
    path: str  # the page
    move: Callable[[Page, int], None]
    prepare: Callable[[Page, int], None] = lambda page, i: None
    query: tuple[tuple[str, str], ...] = ()


def select(key: str) -> dict[str, Callable[[Page, int], None]]:
    """A select box: opening its list is not timed, choosing an entry is (the first and the second, by turns)."""

    def open_list(page: Page, i: int) -> None:
        page.locator(f".st-key-{key} input").first.focus()
        page.keyboard.press("ArrowDown")
        page.get_by_role("option").first.wait_for()

    return {"prepare": open_list, "move": lambda page, i: page.get_by_role("option").nth(1 - i % 2).click()}


def canvas(component: str, part: str = "") -> Callable[[Page, int], None]:
    """A click on a canvas, in two places by turns."""

    def click(page: Page, i: int) -> None:
        target = page.locator(f".st-key-{component} canvas{part}").first
        box = target.bounding_box()
        target.click(position={"x": box["width"] * (0.2, 0.4)[i % 2], "y": box["height"] * (0.55, 0.8)[i % 2]})

    return click


def button(*names: str) -> Callable[[Page, int], None]:
    """Buttons pressed by turns."""
    return lambda page, i: page.get_by_test_id("stMain").get_by_role("button", name=names[i % 2]).first.click()


def radio(*names: str) -> Callable[[Page, int], None]:
    """The two halves of a switch, by turns."""
    return lambda page, i: page.get_by_test_id("stMain").get_by_role("radio", name=names[i % 2]).click()


def slider(name: str) -> Callable[[Page, int], None]:
    """A slider of Streamlit's, one step to the left or to the right by turns; its focus costs nothing."""

    def step(page: Page, i: int) -> None:
        page.locator(f".st-key-{name}").get_by_role("slider").focus()
        page.keyboard.press(("ArrowRight", "ArrowLeft")[i % 2])

    return step


def key(*names: str) -> Callable[[Page, int], None]:
    return lambda page, i: page.keyboard.press(names[i % len(names)])


def drag(name: str) -> Callable[[Page, int], None]:
    """A slider taken at one place, pulled to another and let go of; to the left and to the right by turns."""

    def pull(page: Page, i: int) -> None:
        box = page.get_by_role("slider", name=name, exact=True).bounding_box()
        places = [box["x"] + share * box["width"] for share in ((0.4, 0.5, 0.6), (0.6, 0.5, 0.4))[i % 2]]
        page.mouse.move(places[0], box["y"] + box["height"] / 2)
        page.mouse.down()
        for x in places[1:]:
            page.mouse.move(x, box["y"] + box["height"] / 2)
        page.mouse.up()

    return pull


def label(words: str) -> Callable[[Page, int], None]:
    """A switch, on and off by turns."""
    return lambda page, i: page.get_by_test_id("stMain").get_by_text(words, exact=True).click()


def box(name: str) -> Callable[[Page, int], None]:
    """The boxes of this name of the first and the second layer, by turns."""
    return lambda page, i: page.locator("button.box", has_text=name).nth(i % 2).click()


HEADS, STEPS, POSITIONS, PARAMETERS = "attention_heads", "attention_steps", "positions", "parameters"
BREAK, FORWARD = "break_it", "forward_pass"
WHOLE = (("view", "The whole model"), ("preset", "gpt2"))
COSTS = (("view", "What it costs"), ("preset", "gpt2"))
LARGE = (("d", "512"), ("length", "256"), ("dim", "200"))
CONTROLS = (
    Control("heads: layer (48 heads stay, one is enlarged anew)", HEADS, **select("layer")),
    Control("heads: head", HEADS, **select("head")),
    Control("heads: click on a thumbnail", HEADS, canvas("head_grid")),
    Control("heads: click on a cell", HEADS, canvas("head_map", ".overlay")),
    Control("heads: query", HEADS, **select("query")),
    Control("heads: matrix or lines", HEADS, radio("Lines", "Matrix")),
    Control("heads: example (a new forward pass)", HEADS, **select("_example")),
    Control("steps: next, back", STEPS, button("Next", "Back"), query=(("step", "3"),)),
    Control("steps: arrow keys", STEPS, key("ArrowRight", "ArrowLeft"), query=(("step", "3"),)),
    Control("steps: query", STEPS, **select("query"), query=(("step", "4"),)),
    Control("steps: head", STEPS, **select("head"), query=(("step", "4"),)),
    Control("steps: click on a number", STEPS, canvas("number_board"), query=(("step", "4"),)),
    Control("positions: drag the position (d 512, 256 positions)", POSITIONS, drag("Position"), query=LARGE),
    Control("positions: drag the dimension", POSITIONS, drag("Dimension"), query=LARGE),
    Control("positions: drag the base", POSITIONS, drag("Base b"), query=LARGE),
    Control("positions: drag the length", POSITIONS, drag("Length"), query=LARGE),
    Control("positions: click on a cell", POSITIONS, canvas("position_waves", ".marks"), query=LARGE),
    Control(
        "positions: step k of the rotation",
        POSITIONS,
        slider("step"),
        query=(("view", "why"), ("part", "rotation"), *LARGE),
    ),
    Control("positions: tolerance, board and paper", POSITIONS, slider("tolerance"), query=(("view", "board"), *LARGE)),
    Control("positions: length of the products", POSITIONS, slider("length"), query=(("view", "why"), *LARGE)),
    Control("parameters: drag the number of heads", PARAMETERS, drag("number of heads, n_heads")),
    Control("parameters: drag d_model", PARAMETERS, drag("width of the residual stream, d_model")),
    Control(
        "parameters: d_ff of the whole model", PARAMETERS, drag("width of the feed-forward network, d_ff"), query=WHOLE
    ),
    Control(
        "parameters: layers, what it costs", PARAMETERS, drag("layers of the decoder, n_decoder_layers"), query=COSTS
    ),
    Control(
        "positions: replaced in a model",
        POSITIONS,
        radio("sinusoidal, the paper's", "none"),
        query=(("view", "model"),),
    ),
    Control("break it: drag m in the laboratory", BREAK, drag("Size m of q and k"), query=(("view", "laboratory"),)),
    Control("break it: a switch (a new forward pass, a new text)", BREAK, label("no residual")),
    Control("forward pass: open the scores of two layers", FORWARD, box("scores")),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=30)
    parser.add_argument("--model", default="gpt-captions", help="a GPT with 48 heads, where there is one")
    parser.add_argument("--only", default="", help="only controls whose name contains this")
    options = parser.parse_args()
    print(f"{'milliseconds: p50 / p95':52} {'tokens':>6} {'picture':>11} {'all':>11} {'bare':>11} {'all / bare':>10}")
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        running_app(Path(folder) / "app.log") as app,
        running_app(Path(folder) / "bare.log", BARE) as bare,
    ):
        browser = open_browser(playwright)
        for n_words in (63, 15):
            for control in CONTROLS:
                if options.only in control.name:
                    print(measure(browser, app, bare, control, options, n_words), flush=True)
        browser.close()


def measure(browser: Browser, app: str, bare: str, control: Control, options, n_words: int) -> str:
    """One line of the table: the control's times and the bare fragment's, taken by turns."""
    text = " ".join((WORDS.split() * 4)[:n_words])
    query = urlencode({"model": options.model, "text": text, **dict(control.query)})
    page, slider = _open(browser, f"{app}/{control.path}?{query}"), _open(browser, bare)
    times, bare_times = [], []
    for i in range(options.moves + 2):
        page.bring_to_front()
        control.prepare(page, i)
        times.append(_timed(page, lambda i=i: control.move(page, i)))
        slider.bring_to_front()
        slider.get_by_role("slider").focus()
        bare_times.append(_timed(slider, lambda i=i: slider.keyboard.press(("ArrowRight", "ArrowLeft")[i % 2])))
    page.context.close()
    slider.context.close()
    pictures, everything = zip(*times[2:], strict=True)  # the first two fill caches
    columns = pictures, everything, [last for _, last in bare_times[2:]]
    written = " ".join(f"{p50:5.0f} /{p95:4.0f}" for p50, p95 in map(_percentiles, columns))
    ratio = statistics.median(everything) / statistics.median(columns[2])
    return f"{control.name:52} {n_words + 1:6} {written} {ratio:10.1f}"


def _open(browser: Browser, url: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    probe.install(page)
    page.goto(url)
    wait_until_idle(page)
    return page


def _timed(page: Page, move: Callable[[], None]) -> tuple[float, float]:
    probe.arm(page)
    move()
    return probe.read(page)


def _percentiles(times: Sequence[float]) -> tuple[float, float]:
    return statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[-1]


if __name__ == "__main__":
    main()
