"""Start what a browser test needs: the app's server on a free port, and a Chromium that stays on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Blocks every other machine without intercepting requests, which would switch the cache off.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@contextmanager
def running_app(log: Path, script: Path = ROOT / "app.py", patience: float = 60.0) -> Iterator[str]:
    """Run a Streamlit script in its own process, and stop it at the end.

    Parameters
    ----------
    log : Path
        File that receives what the server prints.
    script : Path
        What ``streamlit run`` is given; its working folder is the repository, and with it the configuration.
    patience : float
        Seconds to wait until the server answers.

    Yields
    ------
    str
        The address, without a slash at its end.

    Raises
    ------
    RuntimeError
        If the server ends, or does not answer in time; the message holds its log.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    options = {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += [part for name, value in options.items() for part in (f"--{name}", str(value))]
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        _wait_until_healthy(url, server, log, time.monotonic() + patience)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def open_browser(playwright: Playwright) -> Browser:
    """Open the machine's own Chromium without a window, with an empty profile."""
    return playwright.chromium.launch(executable_path=find_chromium(), args=list(BROWSER_FLAGS), headless=True)


def find_chromium() -> str:
    """The path of Chromium or Chrome: the environment's CHROMIUM, or the first one on the PATH.

    Raises
    ------
    RuntimeError
        If there is none; the message says what to do.
    """
    chosen = os.environ.get("CHROMIUM")
    found = shutil.which(chosen) if chosen else next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        where = f"CHROMIUM={chosen} is not a program" if chosen else f"none of {', '.join(BROWSERS)} is on the PATH"
        raise RuntimeError(f"There is no browser to test in: {where}. Install Chromium, or set CHROMIUM to its path.")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_healthy(url: str, server: subprocess.Popen, log: Path, deadline: float) -> None:
    while True:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (OSError, TimeoutError):
            pass  # not listening yet
        if server.poll() is not None or time.monotonic() > deadline:
            state = "did not answer in time" if server.poll() is None else f"ended with code {server.returncode}"
            raise RuntimeError(f"The app's server {state}:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.05)
