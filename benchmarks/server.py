"""The real app in a process of its own, whose memory and computing time are read from outside (Linux)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the server is on this machine


@dataclass(frozen=True)
class Server:
    """A running server: its address without a slash at its end, its process, and the seconds until it answered."""

    url: str
    process: subprocess.Popen
    started: float

    def megabytes(self) -> float:
        """The memory that is in use (resident set), in MB of 10^6 bytes."""
        return int(self._proc("statm").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def cpu_seconds(self) -> float:
        """Computing time so far, all threads together."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self.process.pid}/{name}").read_text()


@contextmanager
def running_server(log: Path, port: int | None = None, patience: float = 60.0) -> Iterator[Server]:
    """Start the app as ``make run`` does, on this port or a free one of this machine, and stop it at the end.

    ``log`` receives what it prints. RuntimeError if it does not answer.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    with running(command, f"http://127.0.0.1:{port}", log, patience) as server:
        yield server


@contextmanager
def running(command: Sequence[str], url: str, log: Path, patience: float = 60.0) -> Iterator[Server]:
    """Start a program that serves the explorer at ``url``, wait until it answers, and stop it at the end."""
    start = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        while not is_healthy(url):
            if process.poll() is not None or time.perf_counter() - start > patience:
                raise RuntimeError(f"{command[0]} does not answer:\n{log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.02)
        yield Server(url, process, time.perf_counter() - start)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def is_healthy(url: str) -> bool:
    """Whether the server answers Streamlit's own question after its health."""
    try:
        with _direct.open(f"{url}/_stcore/health", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
