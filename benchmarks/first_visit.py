"""The first visit: a fresh browser, with an empty cache, until the first picture of each page; and ``make run``.

    python -m benchmarks.first_visit [--page positions] [--visits 10] [--json FILE]

The server is warm: somebody has seen each page before. Each visit has a browser context of its own, and with it an
empty cache; the time runs from the navigation until the first frame with a picture on a canvas, in an SVG of ours or
in a Plotly chart, or until a page without one has all its words. The first line is the least that such a visit can
take: a page of Streamlit's with a title and one canvas. "start" is what ``make run`` does, from the command until the
server answers with the page.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, sync_playwright

from benchmarks.hands import CANVAS, GPT, PLOTLY, TOY
from benchmarks.interaction import percentiles
from benchmarks.server import ROOT, free_port, is_healthy
from benchmarks.texts import text_of
from explorer.ui.navigation import PAGES
from tests.browser.helpers import wait_until_idle
from tests.browser.launch import open_browser, running_app

BARE = Path(__file__).with_name("bare_picture.py")
GOALS = {CANVAS: 1_500, PLOTLY: 2_500}  # milliseconds
START = 3_000  # milliseconds
WITH_PLOTLY = {  # the views that begin with a chart of Plotly's
    "decoding, draws": ("decoding", {"model": GPT, "view": "draws"}),
    "factorisation, all texts": ("factorisation", {"model": TOY, "view": "distribution"}),
}

# The first frame after a picture is there; a canvas counts once something was drawn on it.
SCRIPT = """
(() => {
  const drawn = () => {
    if (window.firstPicture) return;
    window.firstPicture = -1;
    requestAnimationFrame(() => requestAnimationFrame(() => { window.firstPicture = performance.now(); }));
  };
  const painted = new WeakSet(); // some are painted before they are put into the page
  const shown = (canvas) => canvas.getRootNode() instanceof ShadowRoot && canvas.width > 30;
  for (const name of ['putImageData', 'drawImage', 'fillRect', 'fillText', 'stroke']) {
    const original = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...values) {
      painted.add(this.canvas);
      if (!window.firstPicture && !window.wantsPlotly && shown(this.canvas)) drawn();
      return original.apply(this, values);
    };
  }
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    new MutationObserver(() => {
      if (window.wantsPlotly && root.querySelector('.js-plotly-plot .main-svg') !== null) drawn();
      const canvases = [...root.querySelectorAll('canvas')].filter((canvas) => painted.has(canvas) && shown(canvas));
      if (!window.wantsPlotly && (canvases.length > 0 || root.querySelector('svg, table, .row') !== null)) drawn();
    }).observe(root, { childList: true, subtree: true });
    return root;
  };
})();
"""


@dataclass(frozen=True)
class Visits:
    """All visits of one page, in milliseconds."""

    name: str
    goal: int
    p50: float
    p95: float
    kilobytes: float  # that the browser loaded, the last time

    @property
    def met(self) -> bool:
        return self.p95 <= self.goal


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", default="", help="only pages whose name contains this")
    parser.add_argument("--visits", type=int, default=10)
    parser.add_argument("--json", type=Path, help="write the figures into this file as well")
    options = parser.parse_args()
    places = {page: (page, {"model": GPT, **text_of(GPT, 16)}) for page in PAGES} | WITH_PLOTLY
    found = []
    print(f"{'milliseconds until the first picture':40} {'p50':>6} {'p95':>6} {'kB':>6} {'goal':>6}")
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        running_app(Path(folder) / "app.log") as app,
        running_app(Path(folder) / "bare.log", BARE) as bare,
    ):
        browser = open_browser(playwright)
        found.append(visit(browser, "a title and one canvas, nothing else", bare, options.visits))
        print_line(found[-1])
        for name, (page, query) in places.items():
            if options.page in name:
                found.append(visit(browser, name, f"{app}/{path_of(page)}?{urlencode(query)}", options.visits))
                print_line(found[-1])
        browser.close()
    if not options.page:
        found.append(start(options.visits))
        print_line(found[-1])
    print(f"The goal is met in {sum(each.met for each in found)} of {len(found)} rows.")
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in found], indent=1), encoding="utf-8")


def path_of(page: str) -> str:
    return "" if page == "home" else page


def visit(browser: Browser, name: str, url: str, n: int) -> Visits:
    """``n`` first visits of one address, after one that warms the server."""
    plotly = name in WITH_PLOTLY
    times, loaded = [], 0.0
    for _ in range(n + 1):
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.add_init_script(f"window.wantsPlotly = {json.dumps(plotly)};{SCRIPT}")
        page.goto(url, wait_until="commit")
        times.append(page.wait_for_function("() => window.firstPicture > 0 && window.firstPicture").json_value())
        wait_until_idle(page)
        sizes = "() => performance.getEntriesByType('resource').reduce((sum, each) => sum + each.transferSize, 0)"
        loaded = page.evaluate(sizes) / 1000
        page.context.close()
    return Visits(name, GOALS[PLOTLY if plotly else CANVAS], *percentiles(times[1:]), loaded)


def start(n: int) -> Visits:
    """``make run`` as often, until the page answers; the environment is there already."""
    times = []
    for _ in range(n):
        port = free_port()
        began = time.perf_counter()
        server = subprocess.Popen(
            ["make", "run", f"PORT={port}"],
            cwd=ROOT,
            env={**os.environ, "STREAMLIT_SERVER_HEADLESS": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            while not is_healthy(f"http://127.0.0.1:{port}"):  # Streamlit serves its page before it says so
                if server.poll() is not None or time.perf_counter() - began > 60:
                    raise RuntimeError("make run does not answer: try it by hand to see why.")
                time.sleep(0.02)
            times.append(1000 * (time.perf_counter() - began))
        finally:
            os.killpg(server.pid, 15)  # make and the server below it
            server.wait()
    return Visits("make run, until the page answers", START, *percentiles(times), 0.0)


def print_line(found: Visits) -> None:
    met = "yes" if found.met else "NO"
    print(f"{found.name:40} {found.p50:6.0f} {found.p95:6.0f} {found.kilobytes:6.0f} {found.goal:6} {met}", flush=True)


if __name__ == "__main__":
    main()
