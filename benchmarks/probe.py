"""A stopwatch inside the page: from the visitor's hand on a control to the picture, and to the last change of all."""

from __future__ import annotations

from playwright.sync_api import Page

# Starts at the last press of a button or key. Ends with the last drawing on a canvas, or the last change of the page's
# main part, whichever is later, once nothing has changed for `quiet` ms; a frame later it is on the screen.
SCRIPT = """
(() => {
  const watch = { start: 0, picture: 0, last: 0, changes: 0 };
  window.stopwatch = watch;
  let waiting = false; // for the next frame: one call a frame, or the stopwatch itself would take the time
  let painted = false;
  const changed = (canvas) => {
    if (watch.start === 0) return;
    painted ||= canvas;
    if (waiting) return;
    watch.changes += 1;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      watch.last = performance.now();
      if (painted && watch.picture === 0) watch.picture = watch.last;
    });
  };
  for (const name of ['putImageData', 'drawImage', 'fillRect', 'clearRect', 'fillText', 'stroke']) {
    const original = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...values) {
      const shown = this.canvas.isConnected || this.canvas.getRootNode() !== this.canvas;
      if (!(waiting && painted) && shown) changed(true);
      return original.apply(this, values);
    };
  }
  const press = () => {
    if (!watch.armed) return;
    Object.assign(watch, { armed: false, start: performance.now(), picture: 0, last: 0, changes: 0 });
    painted = false;
  };
  for (const name of ['pointerdown', 'keydown']) window.addEventListener(name, press, { capture: true });
  const observe = (node) => new MutationObserver((records) => {
    if (records.some((record) => record.type !== 'attributes' || record.attributeName !== 'class')) changed(false);
  }).observe(node, { childList: true, subtree: true, characterData: true });
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
})();
"""

_DONE = """
(quiet) => {
  const { start, picture, last, changes } = window.stopwatch;
  const running = document.querySelector('[data-testid="stApp"]').dataset.testScriptState !== 'notRunning';
  return !running && start > 0 && changes > 0 && last > 0 && performance.now() - last > quiet
    ? [(picture || last) - start, last - start] : null;
}
"""


def install(page: Page) -> None:
    """Put the stopwatch into every document that this page opens."""
    page.add_init_script(SCRIPT)


def arm(page: Page) -> None:
    """Let the next press of a button or key start the stopwatch."""
    page.evaluate("() => { stopwatch.start = 0; stopwatch.armed = true; }")


def read(page: Page, quiet: int = 250) -> tuple[float, float]:
    """Milliseconds from the press to the picture, and to the last change of all; waits until nothing changes any more.

    A control that changes no canvas has no picture of its own: the last change stands for it.
    """
    picture, last = page.wait_for_function(_DONE, arg=quiet, timeout=20_000).json_value()
    return picture, last
