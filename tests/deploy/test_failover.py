"""Two copies behind nginx, in a real browser: the one that serves the page is killed, and the page goes on."""

from __future__ import annotations

import gzip
import re
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benchmarks.server import Server
from deploy.copies import find_nginx, running_copies
from tests.browser.tab import new_window
from tests.deploy.coming_back import assert_goes_on, open_heads


def sessions(server: Server) -> int:
    """How many pages are connected to a copy, as it says itself."""
    found = ask(f"{server.url}/_stcore/metrics")
    return int(re.search(r"^active_sessions (\d+)", found.decode(), re.MULTILINE)[1])


def ask(url: str) -> bytes:
    """What is sent for an address to a browser, which can read what is compressed."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(urllib.request.Request(url, headers={"Accept-Encoding": "gzip"}), timeout=30) as answer:
        return answer.read()


@pytest.mark.timeout(300)  # three servers and a browser start
@pytest.mark.skipif(find_nginx() is None, reason="there is no nginx here (Debian: apt install nginx-light)")
def test_page_goes_on_at_the_other_copy(tmp_path: Path, browser: Browser) -> None:
    with running_copies(tmp_path) as copies, new_window(browser) as window:
        page = window.new_page()
        open_heads(page, copies.url)
        own, other = sorted(copies.servers, key=sessions, reverse=True)
        assert (sessions(own), sessions(other)) == (1, 0)
        script = re.search(r"/static/js/index[\w.-]+\.js", page.content())[0]
        direct, through_nginx = ask(f"{own.url}{script}"), ask(f"{copies.url}{script}")
        assert direct == through_nginx
        assert len(direct) < len(gzip.decompress(direct)) / 2  # compressed by the copy itself
        assert_goes_on(page, own.process.kill)
        assert sessions(other) == 1
