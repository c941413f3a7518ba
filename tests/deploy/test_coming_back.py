"""A server that is started anew while a page is open: the page makes its session anew and goes on; and health.py."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benchmarks.server import ROOT, free_port, running_server
from deploy import health
from tests.browser.tab import new_window
from tests.deploy.coming_back import assert_goes_on, open_heads


@pytest.mark.timeout(300)  # two servers and a browser start
def test_page_goes_on_after_a_restart(tmp_path: Path, browser: Browser) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(running_server(tmp_path / "first.log"))
        with ThreadPoolExecutor(1) as pool:  # it has an event loop of its own, and the browser's runs here
            assert pool.submit(health.pages, first.url).result() == []
        window = stack.enter_context(new_window(browser))
        page = window.new_page()
        open_heads(page, first.url)

        def restart() -> None:
            first.process.kill()
            first.process.wait()
            stack.enter_context(running_server(tmp_path / "second.log", port=int(first.url.rpartition(":")[2])))

        assert_goes_on(page, restart)


@pytest.mark.parametrize("arguments", [[], ["--alive"]])
def test_health_of_a_server_that_is_not_there(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert health.main([*arguments, url]) == 1
    assert capsys.readouterr().err.startswith(f"The server at {url} does not answer: ")


def test_health_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert health.main(["--how"]) == 2
    assert "opens every page" in capsys.readouterr().err


def test_question_whether_it_is_alive_needs_no_packages() -> None:
    """It is asked every few seconds."""
    code = (
        "import sys; from deploy import health; health.alive('http://127.0.0.1:1'); print('streamlit' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
