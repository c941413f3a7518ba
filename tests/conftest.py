"""For every test: one thread for torch, as in the app, examples that do not hurry, and one browser."""

from collections.abc import Iterator
from functools import cache

import pytest
import torch
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright
from streamlit.components.v2 import manifest_scanner

from tests.browser.launch import open_browser
from tests.browser.tab import Tab

torch.set_num_threads(1)
settings.register_profile("explorer", deadline=None, print_blob=True)
settings.load_profile("explorer")

# Each AppTest looks for components of Streamlit's in all packages that are installed, which takes it ten times as long
# as the app itself. What is installed stays the same while tests run: one look is enough.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a worker: a process can have only one."""
    with sync_playwright() as playwright:
        browser = open_browser(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def tab(browser: Browser) -> Iterator[Tab]:
    """The one tab that the tests of a worker use in turn."""
    tab = Tab(browser)
    yield tab
    tab.close()
