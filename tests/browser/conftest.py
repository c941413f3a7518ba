"""Fixtures of the browser tests: the app's address, one browser for all tests, and an empty page for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.helpers import PATIENCE, watch
from tests.browser.launch import running_app
from tests.browser.tab import Tab, new_window

LOG = pytest.StashKey[Path]()

expect.set_options(timeout=PATIENCE / 2)  # a failure takes longer, a busy machine is none


@pytest.fixture(scope="session")
def app_log(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """The file with what the app's server prints; a failing test shows its end."""
    log = tmp_path_factory.mktemp("app") / "server.log"
    pytestconfig.stash[LOG] = log
    return log


@pytest.fixture(scope="session")
def app_url(app_log: Path) -> Iterator[str]:
    """The address of the real app, started once (for each worker, where tests run in several)."""
    with running_app(app_log) as url:
        yield url


@pytest.fixture
def page(tab: Tab) -> Iterator[Page]:
    """An empty page of 1280 x 800 in light colours; errors and requests to other machines fail the test.

    Its address, its storage, its size and its colours are new, its process is that of the test before: Streamlit's
    scripts, which take most of a page's time, are compiled once. What a test adds to the page itself stays there
    (``page.on``, ``page.route``, ``page.add_init_script``): for such tests there are ``runs_first`` and ``fresh_page``.
    """
    page = tab.page
    seen = watch(page)
    yield page
    try:
        complaints = seen.complaints(page)
    finally:
        seen.stop()
        tab.empty()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def fresh_page(browser: Browser) -> Iterator[Page]:
    """The same in a browser window of its own, as another visitor has it: nothing cached, nothing shared."""
    context = new_window(browser)
    page = context.new_page()
    seen = watch(page)
    yield page
    complaints = seen.complaints(page)
    context.close()
    assert not complaints, "\n".join(complaints)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    report = yield
    log = item.config.stash.get(LOG, None)
    if report.failed and log is not None and log.is_file():
        report.sections.append(("the end of the app's log", log.read_text(errors="replace")[-4000:]))
    return report
