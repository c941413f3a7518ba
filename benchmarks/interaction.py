"""From a control's change until the picture has been repainted, in a real Chromium, on the real app.

    python -m benchmarks.interaction [--page break_it] [--only switch] [--moves 5] [--json FILE] [--markdown FILE]

"picture" is the first frame with the new picture (where that is a chart of Plotly's, the last with it), "all" the
last change of anything on the page: numbers in words, tables, captions. Beside each control stands a bare Streamlit
fragment with one slider, measured by turns with it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from benchmarks import probe
from benchmarks.controls import CONTROLS
from benchmarks.hands import PLOTLY, TOY, Control
from benchmarks.texts import text_of
from tests.browser.helpers import ASKED, wait_until_idle
from tests.browser.launch import open_browser, running_app

BARE = Path(__file__).with_name("bare_fragment.py")
WARM = 2  # moves that are not counted: they fill caches
COLUMNS = (
    f"{'milliseconds':46} {'model':13} {'tok':>3} {'picture':>11} {'all':>11}  {'hand':>4} {'server':>6} "
    f"{'transfer':>8} {'kB in':>6} {'paint':>5}  {'bare':>9} {'ratio':>5}  {'goal':>4}"
)


@dataclass(frozen=True)
class Case:
    """One control of one page, with one model and one length of text."""

    page: str
    control: Control
    model: str
    n_tokens: int

    @property
    def path(self) -> str:
        text = {} if self.model == TOY else text_of(self.model, self.n_tokens)
        page = "" if self.page == "home" else self.page
        return f"{page}?{urlencode({'model': self.model, **text, **dict(self.control.query)})}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", default="", choices=["", *CONTROLS], help="only this page")
    parser.add_argument("--only", default="", help="only controls whose name contains this")
    parser.add_argument("--tokens", type=int, default=0, help="only texts of this length")
    parser.add_argument("--moves", type=int, default=5, help="counted moves of each control; two more come before")
    parser.add_argument("--json", type=Path, help="write every move of every control into this file as well")
    parser.add_argument("--markdown", type=Path, help="write the table of README.md into this file as well")
    options = parser.parse_args()
    found = [case for case in cases() if wanted(case, options)]
    written: list[dict] = []
    print(COLUMNS + f"   ({len(found)} rows)")
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        running_app(Path(folder) / "app.log") as app,
        running_app(Path(folder) / "bare.log", BARE) as bare,
    ):
        browser = open_browser(playwright)
        with Bench(browser, app, bare) as bench:
            for case in found:
                try:
                    moves, bare_moves = bench.measure(case, options.moves)
                except PlaywrightError as error:
                    print(f"{name_of(case):46} {case.model:13} {case.n_tokens:3} not measured: {first_line(error)}")
                    continue
                print(line_of(case, moves, bare_moves), flush=True)
                written.append(record_of(case, moves, bare_moves))
        browser.close()
    kept = [sum(row[f"{what}_met"] for row in written) for what in ("picture", "all")]
    print(f"The goal is met by the picture in {kept[0]}, by all of the page in {kept[1]} of {len(written)} rows.")
    if options.json:
        options.json.write_text(json.dumps(written, indent=1), encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(markdown_of(written), encoding="utf-8")


def cases() -> Iterator[Case]:
    """Each control with its first model at each of its lengths, and with its other models at the longest."""
    for page, controls in CONTROLS.items():
        for control in controls:
            for n, model in enumerate(control.models):
                for length in control.lengths if n == 0 else control.lengths[:1]:
                    yield Case(page, control, model, length)


def wanted(case: Case, options: argparse.Namespace) -> bool:
    tokens = options.tokens in (0, case.n_tokens)
    return tokens and options.page in ("", case.page) and options.only in case.control.name


class Bench:
    """The two pages that are open: the one that is measured, and the bare one."""

    def __init__(self, browser: Browser, app: str, bare: str) -> None:
        self._browser, self._app = browser, app
        self._page: Page | None = None
        self._shown: str = ""  # the path of the page, while nothing on it was changed for good
        self._bare = self._open(bare)
        self._to_the_right = False  # the last move there: by turns over all rows, or it would come to the slider's end

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *problem: object) -> None:
        self._browser.close()

    def measure(self, case: Case, moves: int) -> tuple[list[probe.Reading], list[probe.Reading]]:
        """The control's moves, and the bare fragment's by turns with them."""
        page = self._page_of(case)
        self._shown = ""  # so it stays where a move fails
        readings, bare_readings = [], []
        for i in range(moves + WARM):
            page.bring_to_front()
            case.control.prepare(page, i)
            chart = case.control.picture == PLOTLY
            readings.append(self._timed(page, partial(case.control.move, page, i), chart=chart))
            self._bare.bring_to_front()
            self._bare.get_by_role("slider").focus()
            self._to_the_right = not self._to_the_right
            key = "ArrowRight" if self._to_the_right else "ArrowLeft"
            bare_readings.append(self._timed(self._bare, partial(self._bare.keyboard.press, key), quiet=100))
        if not case.control.passes and moves % 2 == 0:
            self._shown = case.path
        return readings[WARM:], bare_readings[WARM:]

    def _page_of(self, case: Case) -> Page:
        """The page as the address says; one that is shown already, and is as it was, stays."""
        if self._page is None or self._shown != case.path:
            if self._page is not None:
                self._page.context.close()
            self._page = self._open(f"{self._app}/{case.path}")
        return self._page

    def _open(self, url: str) -> Page:
        page = self._browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.set_default_timeout(15_000)
        page.add_init_script(ASKED)
        probe.install(page)
        page.goto(url, timeout=60_000)
        wait_until_idle(page)
        return page

    @staticmethod
    def _timed(page: Page, move: Callable[[], None], **how: int) -> probe.Reading:
        probe.arm(page)
        move()
        return probe.read(page, **how)


def line_of(case: Case, moves: Sequence[probe.Reading], bare: Sequence[probe.Reading]) -> str:
    """One line of the table."""
    record = record_of(case, moves, bare)
    pairs = [f"{record[f'{what}_p50']:5.0f} /{record[f'{what}_p95']:4.0f}" for what in ("picture", "all")]
    split = (
        f"{record['hand']:4.0f} {record['server']:6.0f} {record['transfer']:8.0f} {record['bytes'] / 1000:6.0f} "
        f"{record['paint']:5.0f}"
    )
    met = " ".join(f"{what} {'yes' if record[f'{what}_met'] else 'NO'}" for what in ("picture", "all"))
    kind = record["kind"] + (" + pass" if record["new_pass"] else "")
    bare_pair = f"{record['bare_p50']:3.0f} /{record['bare_p95']:4.0f}"
    return (
        f"{name_of(case):46} {case.model:13.13} {case.n_tokens:3} {pairs[0]} {pairs[1]}  {split}  {bare_pair} "
        f"{record['all_p50'] / record['bare_p50']:5.1f}  {record['goal']:4} ({kind}) {met}"
    )


def record_of(case: Case, moves: Sequence[probe.Reading], bare: Sequence[probe.Reading]) -> dict:
    """What is known of one row, in milliseconds and bytes; the parts are medians."""
    record = {
        "page": case.page,
        "control": case.control.name,
        "model": case.model,
        "tokens": case.n_tokens,
        "kind": case.control.picture,
        "new_pass": case.control.passes,
        "goal": case.control.goal,
    }
    for what, times in (
        ("picture", [each.picture for each in moves]),
        ("all", [each.all for each in moves]),
        ("bare", [each.all for each in bare]),
    ):
        record[f"{what}_p50"], record[f"{what}_p95"] = percentiles(times)
    for part in ("hand", "server", "transfer", "bytes", "paint"):
        record[part] = statistics.median(getattr(each, part) for each in moves)
    record |= {f"{what}_met": record[f"{what}_p95"] <= case.control.goal for what in ("picture", "all")}
    return {**record, "moves": [astuple(each) for each in moves]}


def markdown_of(records: Sequence[dict]) -> str:
    """The table of README.md."""
    columns = (
        "control",
        "model",
        "tokens",
        "goal",
        "picture",
        "all",
        "hand",
        "server",
        "transfer",
        "kB",
        "paint",
        "bare",
    )
    lines = [f"| {' | '.join(columns)} |", f"| --- | --- |{' ---: |' * (len(columns) - 2)}"]
    for each in records:
        pairs = [f"{each[f'{what}_p50']:.0f} / {each[f'{what}_p95']:.0f}" for what in ("picture", "all", "bare")]
        pairs[:2] = [
            pair if each[f"{what}_met"] else f"**{pair}**"
            for what, pair in zip(("picture", "all"), pairs[:2], strict=True)
        ]
        parts = [f"{each[part]:.0f}" for part in ("hand", "server", "transfer")]
        cells = [f"{each['page']}: {each['control']}", each["model"], each["tokens"], each["goal"], *pairs[:2], *parts]
        cells += [f"{each['bytes'] / 1000:.0f}", f"{each['paint']:.0f}", pairs[2]]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def percentiles(times: Sequence[float]) -> tuple[float, float]:
    """(median, 95th percentile)."""
    return statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[-1]


def name_of(case: Case) -> str:
    return f"{case.page}: {case.control.name}"[:46]


def first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:400]


if __name__ == "__main__":
    main()
