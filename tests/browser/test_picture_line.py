"""Pictures come ahead of the page: before Streamlit's page has heard anything, once, and the newest of them last."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from explorer.components.base import FOLDER
from tests.browser.helpers import wait_until_idle
from tests.browser.stream import STREAM, Stream
from tests.bundled import first

GPT = first("decoder")
BOARD = "explorer-picture explorer_number_board number_board"

# Keeps what comes ahead.
_KEEP = """
(event) => {
  window.came = [];
  window.addEventListener(event, ({ detail }) => window.came.push(detail.data.slice()));
}
"""
_BLOCKS = "(root) => [...root.querySelectorAll('canvas')].map((canvas) => canvas.dataset.block)"


@pytest.fixture
def stream(fresh_page: Page) -> Stream:
    stream = Stream()
    fresh_page.route_web_socket(STREAM, stream.take)
    return stream


def open_steps(page: Page, url: str, **query: int) -> None:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    page.goto(f"{url}/attention_steps?model={GPT}{more}")
    wait_until_idle(page)


def board(page: Page):
    return page.locator(".st-key-number_board .root")


def blocks(page: Page) -> list[str]:
    """The names of what stands on the board."""
    return board(page).evaluate(_BLOCKS)


def test_the_picture_is_there_before_the_page_has_heard_anything(fresh_page: Page, app_url: str, stream) -> None:
    page = fresh_page
    open_steps(page, app_url, step=3)
    before = blocks(page)
    stream.held = []
    page.locator(".st-key-next button").click()
    page.wait_for_function(
        "([root, before]) => [...root.querySelectorAll('canvas')].map((each) => each.dataset.block).join() !== before",
        arg=[board(page).element_handle(), ",".join(before)],
    )
    ahead = blocks(page)
    assert page.locator("[data-testid=stApp]").get_attribute("data-test-script-state") == "notRunning"
    stream.release()
    expect(page.get_by_text("Score of query", exact=False).first).to_be_visible()
    wait_until_idle(page)
    assert blocks(page) == ahead != before


# Calls a component as Streamlit does (page) and as its line does (ahead), and keeps what it was given to draw.
_IN_TURN = """
async ([script, steps]) => {
  const module = await import(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
  document.body.innerHTML = '<div class="st-key-seven"><div style="height: 30px"></div></div>';
  const parentElement = document.body.firstChild.firstChild;
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  let clock = 1000;
  performance.now = () => clock;
  window.drawn = [];
  const bytes = (name) => Uint8Array.from(name + 'digest ' + name, (each) => each.charCodeAt(0));
  const data = (name) => (name === name.toUpperCase() ? bytes(name) : { name, digest: name });
  const letter = (name) => {
    if (name !== name.toUpperCase()) return { data: { name }, digest: name };
    const all = bytes(name);
    const digest = [...all.slice(-8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return { data: all.slice(0, -8), digest };
  };
  let leave;
  const name = 'explorer_x';
  const said = [];
  for (const [way, what] of steps) {
    window.drawn.length = 0;
    if (way === 'page') leave = module.default({ name, parentElement, data: data(what) });
    const event = { ahead: 'explorer-picture', below: 'explorer-picture-out-of-view' }[way];
    if (event) window.dispatchEvent(new CustomEvent(`${event} ${name} seven`, { detail: letter(what) }));
    if (way === 'wait') clock += what;
    if (way === 'leave') leave();
    if (way === 'move') parentElement.style.marginTop = what;
    await frame(); // whether the component is in view is told once a frame
    await frame();
    said.push(window.drawn.join());
  }
  return said;
}
"""
_COMPONENT = """
export default ahead(receive);

function receive({ data }) {
  window.drawn.push(ArrayBuffer.isView(data) ? String.fromCharCode(...data) : data.name);
  return () => window.drawn.push("stopped");
}
"""


@pytest.mark.parametrize(
    "steps",
    [
        "page a > a, page a > a",  # again: what a visitor did by hand, and the server did not take, is undone
        "page a > a, ahead b > b, page b >, page b > b",  # what came ahead is not drawn twice
        "page a > a, ahead b > b, page a >, page b >, page a > a",  # the page is drawn anew before it has the newest
        "page a > a, ahead b > b, ahead c > c, page b >, page c >, page b > b",  # the page is two steps behind
        "page a > a, ahead b > b, ahead a > a, page b >, page a >, page b > b",  # to and fro
        "page a > a, ahead b > b, page c > c, page a > a",  # what came ahead was given up
        "page a > a, ahead b > b, wait 1999, page a >, wait 1, page a > a",  # the line has lost the newest
        "page A > A, ahead B > B, page A >, page B >, page A > A",  # bytes
        "page a > a, ahead b > b, leave > stopped, ahead c >, page b > b",  # taken off the page
        "page a > a, ahead a >, page b > b, ahead b >, page b > b",  # the page was faster
        "page a > a, move 5000px >, ahead b >, page b > b, move 0 >, ahead c > c",  # out of view: nobody waits for it
        "page a > a, below b > b, page a >, page b >",  # after those in view, which others are
        "page a > a, move 5000px >, ahead b >, below b > b, page b >",  # it is not in view
    ],
)
def test_of_what_comes_ahead_and_with_the_page_the_newest_is_drawn_once(page: Page, app_url: str, steps: str) -> None:
    page.goto(f"{app_url}/_stcore/health")  # a page without a script
    pairs = [step.partition(">")[::2] for step in steps.split(", ")]
    calls = [
        [way, int(what) if way == "wait" else what] for way, _, what in (s.strip().partition(" ") for s, _ in pairs)
    ]
    script = (FOLDER / "ahead.js").read_text(encoding="utf-8") + _COMPONENT
    assert page.evaluate(_IN_TURN, [script, calls]) == [drawn.strip() for _, drawn in pairs]


def test_what_came_ahead_is_not_drawn_again_with_the_page(page: Page, app_url: str) -> None:
    open_steps(page, app_url, step=2)
    page.evaluate(_KEEP, BOARD)
    board(page).evaluate("""(root) => {
      window.built = 0;
      const note = (records) => { window.built += records.length; };
      new MutationObserver(note).observe(root.firstChild, { childList: true });
    }""")
    page.locator(".st-key-next button").click()
    page.wait_for_function("() => window.came.length === 1")
    wait_until_idle(page)
    assert page.evaluate("() => window.built") == 1


_NO_WORKER = """
window.Worker = class extends Worker {
  constructor(address) {
    if (String(address).startsWith('blob:')) throw new DOMException('not allowed', 'SecurityError');
    super(address);
  }
};
"""


def test_a_browser_that_allows_no_worker_draws_with_the_page(fresh_page: Page, app_url: str) -> None:
    fresh_page.add_init_script(_NO_WORKER)
    open_steps(fresh_page, app_url, step=2)
    before = blocks(fresh_page)
    fresh_page.locator(".st-key-next button").click()
    expect(fresh_page.locator(".st-key-start button")).to_be_enabled()
    wait_until_idle(fresh_page)
    assert blocks(fresh_page) != before


# A message as ahead.py writes it.
_LETTER = """
const letter = (place, body) => {
  const binary = ArrayBuffer.isView(body);
  const head = new TextEncoder().encode(JSON.stringify({ place, binary }));
  const tail = binary ? body : new TextEncoder().encode(JSON.stringify(body));
  const bytes = new Uint8Array(4 + head.length + tail.length);
  new DataView(bytes.buffer).setUint32(0, head.length, true);
  bytes.set(head, 4);
  bytes.set(tail, 4 + head.length);
  return bytes.buffer;
};
"""

# Runs the worker's own script in the page, with a connection and a clock that the test moves.
_WORKER = f"""
async ([script, address]) => {{
  {_LETTER}
  const seen = {{ asked: [], pauses: [], told: [], answers: [], ended: 0 }};
  const sockets = [];
  class Socket extends EventTarget {{
    static OPEN = 1;
    constructor(address) {{ super(); seen.asked.push(address); sockets.push(this); }}
    send(answer) {{ seen.answers.push(answer); }}
  }}
  const later = (act, pause) => {{ seen.pauses.push(pause); act(); }};
  window.Worker = class extends EventTarget {{
    constructor(url) {{
      super();
      const post = (data) => this.dispatchEvent(new MessageEvent('message', {{ data }}));
      const hear = (name, act) => {{ this.hear = act; }};
      this.ready = fetch(url).then((answer) => answer.text()).then((code) => new Function(
        'WebSocket', 'postMessage', 'setTimeout', 'addEventListener', code)(Socket, post, later, hear));
      window.worker = this;
    }}
    postMessage(data) {{ this.hear({{ data }}); }}
    terminate() {{ seen.ended += 1; }}
  }};
  window.addEventListener('explorer-picture place key', ({{ detail }}) => seen.told.push(detail.data));
  const {{ listenTo }} = await import(URL.createObjectURL(new Blob([script], {{ type: 'text/javascript' }})));
  listenTo(address)(); // left before anything is on the screen
  const stop = listenTo(address);
  seen.early = window.worker !== undefined;
  while (!window.worker) await new Promise((done) => setTimeout(done));
  await window.worker.ready;
  const say = (name, data) => sockets.at(-1).dispatchEvent(
    data ? new MessageEvent(name, {{ data }}) : new Event(name));
  say('open');
  sockets.at(-1).readyState = Socket.OPEN;
  say('message', letter('place key', Uint8Array.of(1, 2, 3)));
  say('message', letter('place key', {{ p: '犬' }}));
  say('message', letter('place other', Uint8Array.of(4)));
  for (let n = 0; n < 9; n++) say('close');
  say('message', letter('place key', {{ p: 'not open yet' }}));
  say('open');
  sockets.at(-1).readyState = Socket.OPEN;
  say('message', letter('place key', {{ p: '猫' }}));
  say('close');
  stop();
  seen.told = seen.told.map((each) => (ArrayBuffer.isView(each) ? [...each] : each));
  return seen;
}}
"""


def script(*names: str) -> str:
    """The part, with these of its functions to be called."""
    part = (FOLDER / "parts" / "picture_line.js").read_text(encoding="utf-8")
    return f"{part}\nexport {{ {', '.join(names)} }};"


def test_a_line_that_breaks_is_taken_up_again(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/_stcore/health")  # a page without a script
    seen = page.evaluate(_WORKER, [script("listenTo"), "ws://seven/pictures/a"])
    assert seen["told"] == [[1, 2, 3], {"p": "犬"}, {"p": "not open yet"}, {"p": "猫"}]
    assert seen["answers"] == ["1", "2", "3", "2"]  # counted anew on each connection
    assert seen["pauses"] == [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 500]
    assert seen["asked"] == ["ws://seven/pictures/a"] * (1 + len(seen["pauses"]))
    assert seen["ended"] == 1
    assert not seen["early"]  # what is there already is shown first


# What was told at once, and in which frame the others were, and the answer.
_PACE = f"""
async ([script]) => {{
  {_LETTER}
  const {{ take }} = await import(URL.createObjectURL(new Blob([script], {{ type: 'text/javascript' }})));
  let frames = 0;
  const told = [];
  const hear = (event, place, act) => window.addEventListener(`${{event}} ${{place}}`, (event) => {{
    told.push([place, event.detail.data.n, frames]);
    act(event);
  }});
  for (const place of ['drawn 1', 'drawn 2', 'drawn 3']) {{
    hear('explorer-picture', place, (event) => event.preventDefault());
  }}
  hear('explorer-picture-out-of-view', 'below 1', () => undefined);
  hear('explorer-picture-out-of-view', 'below 2', (event) => event.preventDefault());
  await new Promise((done) => requestAnimationFrame(done));
  const count = () => {{ frames += 1; requestAnimationFrame(count); }};
  requestAnimationFrame(count);
  const letters = ['below 1', 'drawn 1', 'drawn 2', 'nobody', 'below 2', 'drawn 2', 'below 1', 'drawn 3'];
  letters.forEach((place, n) => {{
    take({{ letter: letter(place, {{ n }}), number: n }}, (number) => told.push(['answer', number, frames]));
  }});
  while (told.at(-1)?.[0] !== 'answer' || told.length < 7) await new Promise((done) => setTimeout(done));
  return told;
}}
"""


def test_each_picture_is_seen_before_the_next_is_drawn_and_what_is_out_of_view_comes_last(
    page: Page, app_url: str
) -> None:
    page.goto(f"{app_url}/_stcore/health")
    told = page.evaluate(_PACE, [script("take")])
    assert [each[:2] for each in told] == [
        ["below 1", 0],  # nothing else is known then
        ["answer", 0],
        ["drawn 1", 1],
        ["drawn 2", 5],  # the newer of two
        ["drawn 3", 7],
        ["below 2", 4],
        ["below 1", 6],
        ["answer", 7],
    ]
    at = [frame for _, _, frame in told]
    assert at[0] == at[1] == at[2] == 0 < at[3] < at[4] < at[5] == at[6] == at[7]
