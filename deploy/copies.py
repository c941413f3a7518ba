"""Several copies of the explorer behind nginx on this machine, with ``nginx.conf`` as it lies here, for trying it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.server import Server, free_port, running, running_server

CONFIGURATION = Path(__file__).with_name("nginx.conf")
PORT = "listen 8500;"
FORKS = "daemon off;"


@dataclass(frozen=True)
class Copies:
    """The address that visitors use, and the copies behind it."""

    url: str
    servers: tuple[Server, ...]


def find_nginx() -> str | None:
    """The path of nginx; Debian has it where only root's PATH looks."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")


@contextmanager
def running_copies(folder: Path, n_copies: int = 2) -> Iterator[Copies]:
    """Start the copies and nginx on free ports, with all files they write in ``folder``; stop them at the end.

    RuntimeError where there is no nginx, or one of them does not answer; the message says which, and its log.
    """
    nginx = find_nginx()
    if nginx is None:
        raise RuntimeError("There is no nginx to try this with: install it (Debian: apt install nginx).")
    with ExitStack() as stack:
        servers = [stack.enter_context(running_server(folder / f"copy{i}.log")) for i in range(n_copies)]
        lines = [f"server {server.url.removeprefix('http://')} max_fails=1 fail_timeout=5s;" for server in servers]
        (folder / "replicas.conf").write_text("\n".join(lines))
        port = free_port()
        text = CONFIGURATION.read_text(encoding="utf-8")
        assert PORT in text and FORKS in text, "nginx.conf is not what this program expects"
        (folder / "nginx.conf").write_text(text.replace(PORT, f"listen 127.0.0.1:{port};"), encoding="utf-8")
        command = [nginx, "-p", str(folder), "-c", "nginx.conf"]
        front = stack.enter_context(running(command, f"http://127.0.0.1:{port}", folder / "nginx.log"))
        yield Copies(front.url, tuple(servers))
