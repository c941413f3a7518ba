"""A stopwatch inside the page: from the visitor's hand on a control to the picture, and to the last change of all."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as Late

# Starts at the last press of a button or key. Ends with the last drawing on a canvas, or the last change of the page's
# main part, whichever is later, once nothing has changed for `quiet` ms; a frame later it is on the screen.
# A picture is what a component draws: a canvas, an SVG, a table, a list of bars, a group of cells, or its coming back
# where it stood by. Where a chart of Plotly's is what is waited for, its last drawing counts.
# What the server says is timed where it is said: at the page's WebSocket.
# The server hears of what is dragged when it is let go of. The words that come then are timed from there, since how
# long the hand takes is its own affair; the picture, which follows the hand, from the press.
SCRIPT = """
(() => {
  const clean = {
    start: 0, dragged: false, released: 0, picture: 0, chart: 0, last: 0, changes: 0,
    sent: 0, first: 0, heard: 0, bytes: 0,
  };
  const watch = { ...clean, asked: 0, waiting: false };
  window.stopwatch = watch;
  let painted = false;
  let charted = false;
  const changed = (picture, chart) => {
    if (watch.start === 0) return;
    painted ||= picture;
    charted ||= chart;
    // One call a frame, or the stopwatch itself would take the time.
    if (watch.waiting) return;
    watch.changes += 1;
    watch.waiting = true;
    requestAnimationFrame(() => {
      watch.waiting = false;
      watch.last = performance.now();
      if (painted && watch.picture === 0) watch.picture = watch.last;
      if (charted) watch.chart = watch.last;
      charted = false;
    });
  };
  for (const name of ['putImageData', 'drawImage', 'fillRect', 'clearRect', 'fillText', 'stroke']) {
    const original = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...values) {
      const shown = this.canvas.isConnected || this.canvas.getRootNode() !== this.canvas;
      if (!(watch.waiting && painted) && shown) changed(true, false);
      return original.apply(this, values);
    };
  }
  const press = () => {
    if (!watch.armed) return;
    Object.assign(watch, clean, { asked: 0, armed: false, start: performance.now() });
    painted = charted = false;
  };
  for (const name of ['pointerdown', 'keydown']) window.addEventListener(name, press, { capture: true });
  window.addEventListener('pointermove', ({ buttons }) => { watch.dragged ||= buttons > 0; }, { capture: true });
  window.addEventListener('pointerup', () => {
    if (watch.dragged && watch.start > 0) watch.released = performance.now();
  }, { capture: true });

  const pictures = 'svg:not(button svg), table, ol, [role="group"]';
  const isPicture = (node) => {
    const element = node instanceof Element ? node : node.parentElement;
    return element !== null && (element.closest(pictures) !== null || element.querySelector(pictures) !== null);
  };
  const isChart = (node) => node instanceof Element && node.closest('.js-plotly-plot') !== null;
  // A component that stood by, with its picture drawn already, and is seen again.
  const isBack = ({ type, target, oldValue }) =>
    type === 'attributes' && (oldValue ?? '').includes('visibility: hidden') && target.style.visibility !== 'hidden';
  const observe = (root) => new MutationObserver((records) => {
    const inside = root instanceof ShadowRoot;
    const seen = records.filter((record) =>
      record.type !== 'attributes' || (inside ? record.attributeName !== 'class' : isBack(record)));
    if (seen.length === 0) return;
    changed(
      seen.some((record) => inside
        ? isPicture(record.target) || [...record.addedNodes].some(isPicture)
        : isBack(record)),
      seen.some(({ target }) => isChart(target)),
    );
  }).observe(root, {
    childList: true, subtree: true, characterData: true, attributes: true,
    ...(root instanceof ShadowRoot ? {} : { attributeFilter: ['style'], attributeOldValue: true }),
  });
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    observe(root);
    return root;
  };
  const begin = () => {
    const main = document.querySelector('[data-testid="stMain"]');
    if (main === null) { setTimeout(begin, 50); return; }
    observe(main);
  };
  begin();

  // 0x5a is how a request to run the script begins: field 11, rerun_script, of Streamlit's BackMsg.
  window.WebSocket = class extends WebSocket {
    constructor(...values) {
      super(...values);
      this.addEventListener('message', ({ data }) => {
        if (watch.sent === 0) return;
        watch.heard = performance.now();
        watch.first ||= watch.heard;
        watch.bytes += data.byteLength ?? data.size ?? data.length;
        watch.asked = 0;
      });
    }
    send(message) {
      if (watch.start > 0 && message[0] === 0x5a) {
        watch.sent ||= performance.now();
        watch.asked = performance.now();
      }
      return super.send(message);
    }
  };
})();
"""

_DONE = """
([quiet, waitsForChart]) => {
  const { start, released, picture, chart, last, changes, sent, first, heard, bytes, asked, waiting } = stopwatch;
  const begun = released || start;
  const running = document.querySelector('[data-testid="stApp"]').dataset.testScriptState !== 'notRunning';
  const now = performance.now();
  // After a long task this is asked before the frame in which the change is noted.
  const still = !running && !waiting && asked === 0 && start > 0 && changes > 0 && last > 0;
  return still && now - Math.max(last, heard) > quiet
    ? [((waitsForChart && chart) || picture || last) - start, last - begun,
       sent ? sent - begun : 0, sent ? heard - sent : 0, sent ? heard - first : 0, bytes,
       sent ? Math.max(0, last - heard) : last - begun] : null;
}
"""


@dataclass(frozen=True)
class Reading:
    """One move, in milliseconds."""

    picture: float  # from the press until the picture; a control that changes none has the last change of all here
    all: float  # from the press, or where something was dragged, from its end, until the last change of all
    hand: float  # from there until the page asked the server; 0 where it never did
    server: float  # from asking to the server's last message
    transfer: float  # of that, from its first message to its last
    bytes: float  # that the server sent, in bytes
    paint: float  # from the server's last message to the last change


def install(page: Page) -> None:
    """Put the stopwatch into every document that this page opens."""
    page.add_init_script(SCRIPT)


def arm(page: Page) -> None:
    """Let the next press of a button or key start the stopwatch."""
    page.evaluate("() => { stopwatch.start = 0; stopwatch.armed = true; }")


def read(page: Page, chart: bool = False, quiet: int = 200, patience: int = 20_000) -> Reading:
    """What the stopwatch says once nothing has changed for ``quiet`` ms; TimeoutError where nothing ever changes.

    ``chart``: whether the picture is a chart of Plotly's, whatever else is drawn before it.
    """
    try:
        return Reading(*page.wait_for_function(_DONE, arg=[quiet, chart], timeout=patience).json_value())
    except Late as late:
        state = page.evaluate("() => ({ ...stopwatch, now: performance.now() })")
        raise Late(f"{late.message.splitlines()[0]} {state} {page.url}") from late
