"""In a browser: tokens, names and titles that are HTML, Markdown or JavaScript are shown as what they are, a text."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page

from tests.browser.helpers import wait_until_idle
from tests.browser.launch import running_app
from tests.browser.tab import Tab
from tests.fuzz.addresses import PLACES
from tests.fuzz.depth import DEEP
from tests.fuzz.hostile import NAMES, build, text_of

pytestmark = pytest.mark.timeout(600)
CHOSEN = {  # the views with the most tokens; all of them, over all models, where it goes deep
    ("home", ""): "gpt2",
    ("attention_heads", "Matrix"): "gpt2",
    ("attention_steps", ""): "bert",
    ("forward_pass", "boxes"): "t5",
    ("forward_pass", "stream"): "gpt2",
    ("factorisation", "ledger"): "gpt2",
    ("factorisation", "distribution"): "gpt2",
    ("decoding", "filters"): "bert",
    ("decoding", "beam"): "t5",
    ("decoding", "draws"): "gpt2",
    ("compare", "machines"): "t5",
    ("break_it", "edit"): "bert",
    ("models", ""): "gpt2",
}
ALL = [(*place, name) for place in PLACES for name in NAMES]
CASES = ALL if DEEP else [(*place, name) for place, name in CHOSEN.items()]

# What a text can make of itself where it is taken for more: a handler that ran, or an element that nobody here makes.
FOUND = """
() => {
  const found = window.hacked === undefined ? [] : ['a handler ran'];
  const visit = (root) => {
    for (const each of root.querySelectorAll('*')) {
      const source = `${each.getAttribute('src') ?? ''} ${each.getAttribute('href') ?? ''}`;
      const wrong = each.matches('iframe[srcdoc], [onerror], [onload], img[src="x"], img[src*="127.0.0.2"]')
        || /javascript:/i.test(source) || /127\\.0\\.0\\.2/.test(source)
        || (each.matches('b, strong, i, em, a, tspan')
          && /^(bold|sloping|link|strong|red)$/.test(each.textContent.trim()))
        || (each.matches('[class*="katex"], mjx-container') && /frac\\{1\\}\\{2\\}/.test(each.textContent))
        || (each.tagName === 'SCRIPT' && /hacked/.test(each.textContent));
      if (wrong) found.push(each.outerHTML.slice(0, 300));
      if (each.shadowRoot) visit(each.shadowRoot);
    }
  };
  visit(document);
  return [...new Set(found)];
}
"""


@pytest.fixture(scope="module")
def hostile_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with no models but the hostile ones."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "pretrained").mkdir()
    build(folder / "models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_PRETRAINED", str(folder / "pretrained"))
        patch.setenv("EXPLORER_MODELS", str(folder / "models"))
        with running_app(folder / "server.log") as url:
            yield url


@pytest.fixture
def page(tab: Tab) -> Iterator[Page]:
    """A page whose requests that fail are not counted: what would make them is looked for."""
    yield tab.page
    tab.empty()


def hover_everywhere(page: Page) -> None:
    """Move over the page in steps, so that what shows itself under the mouse has been there."""
    for y in range(90, 790, 70):
        for x in range(330, 1270, 90):
            page.mouse.move(x, y)


@pytest.mark.parametrize(("path", "view", "name"), CASES)
def test_every_token_is_text(page, hostile_url, path, view, name):
    where = "source" if name == "t5" else "text"
    for half in (0, 1) if DEEP else (len(view) % 2,):
        query = {"model": f"folder:{NAMES[name]}", where: text_of(name, half), **({"view": view} if view else {})}
        page.goto(f"{hostile_url}/{'' if path == 'home' else path}?{urlencode(query, quote_via=quote)}")
        wait_until_idle(page)
        assert page.get_by_test_id("stException").count() == 0
        assert page.get_by_test_id("stMain").get_by_role("heading", level=1).count() == 1
        assert page.evaluate(FOUND) == []
        hover_everywhere(page)
        wait_until_idle(page)
        assert page.evaluate(FOUND) == []
