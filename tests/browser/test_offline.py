"""Without a network: all that a page needs comes from the app's own server, and nothing else is ever asked for."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Error, Page, Response, Route, expect

from explorer.ui.navigation import PAGES
from tests.browser.helpers import set_theme, wait_until_idle, watch
from tests.browser.tab import new_window

# Opened below its root, Streamlit first looks for its server there, and finds it at the root after a 404.
LOOKING = ("/_stcore/health", "/_stcore/host-config")
ELSEWHERE = ("http://192.0.2.7/seven.js", "http://[2001:db8::7]/seven.js", "https://example.org/seven.js")  # RFC 5737


@pytest.fixture
def visitor(browser: Browser, app_url: str) -> Iterator[tuple[Page, list[str], list[Response]]]:
    """A page in whose window every request that is not to the app is refused, and all answers are kept."""
    refused, answers = [], []
    context = new_window(browser)

    def decide(route: Route) -> None:
        url = route.request.url
        if url.startswith((f"{app_url}/", "data:", "blob:")):
            route.continue_()
        else:
            refused.append(url)
            route.abort()

    context.route("**/*", decide)
    context.on("response", lambda answer: answers.append(answer))
    context.on("requestfailed", lambda request: refused.append(f"{request.url}: {request.failure}"))
    page = context.new_page()
    seen = watch(page)
    yield page, refused, answers
    complaints = seen.complaints(page)
    context.close()
    assert not complaints, "\n".join(complaints)


@pytest.mark.timeout(300)
def test_every_page_comes_whole_from_the_app_alone(visitor, app_url: str) -> None:
    page, refused, answers = visitor
    page.goto(f"{app_url}/?model=classroom-tiny-gpt")
    wait_until_idle(page)
    for title in PAGES.values():
        page.get_by_test_id("stTopNavLink").get_by_text(title, exact=True).click()
        expect(page.get_by_test_id("stMain").get_by_role("heading", level=1)).to_be_visible()
        wait_until_idle(page)
    set_theme(page, dark=True)  # asks for nothing of its own
    assert page.evaluate("() => [...document.fonts].filter((font) => font.status === 'error').length") == 0
    loaded = page.evaluate("() => [...document.fonts].filter((font) => font.status === 'loaded').map((f) => f.family)")
    families = {family.strip('"') for family in loaded}
    assert {"Source Sans", "Source Code Pro", "Material Symbols Rounded", "KaTeX_Main", "KaTeX_Math"} <= families
    assert refused == []
    failed = [answer.url for answer in answers if answer.status >= 400]
    assert [url for url in failed if not urlsplit(url).path.endswith(LOOKING)] == []
    kinds = {answer.request.resource_type for answer in answers}
    assert {"document", "script", "stylesheet", "font"} <= kinds


def test_the_browser_of_all_tests_reaches_this_machine_only(browser: Browser, app_url: str) -> None:
    page = browser.new_page()
    seen = watch(page)
    page.goto(app_url)
    wait_until_idle(page)
    for url in ELSEWHERE:
        assert (
            page.evaluate("(url) => fetch(url, { mode: 'no-cors' }).then(() => 'there', () => 'refused')", url)
            == "refused"
        )
    assert page.evaluate("() => fetch('/_stcore/health').then((answer) => answer.status)") == 200
    page.evaluate("() => { window.seven = new WebSocket('ws://192.0.2.7/stream'); }")
    with page.context.expect_page() as opened:
        page.evaluate("() => { window.open('https://example.org/eleven'); }")
    with suppress(Error):  # it shows that there is no such place
        opened.value.wait_for_load_state()
    asked = {*ELSEWHERE, "ws://192.0.2.7/stream", "https://example.org/eleven"}
    assert asked <= set(seen.outside)
    assert {f"request to the outside: {url}" for url in asked} <= set(seen.complaints(page))
    page.context.close()


def test_scripts_come_compressed_and_at_once(app_url):
    """From memory, not as Streamlit would send them, and by the running server."""
    index = urlopen(app_url).read().decode()
    script = re.search(r'src="\./(static/js/index\.[^"]+)"', index)[1]
    with urlopen(Request(f"{app_url}/{script}", headers={"Accept-Encoding": "gzip"})) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["cache-control"].startswith("public, immutable")
        assert b"import" in gzip.decompress(answer.read())
