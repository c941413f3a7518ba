"""Fixtures of the browser tests: the app's address, one browser for all tests, and a fresh page for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.helpers import watch
from tests.browser.launch import open_browser, running_app

LOG = pytest.StashKey[Path]()


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = open_browser(playwright)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of 1280 x 800 in light colours; errors and requests to other machines fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
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
