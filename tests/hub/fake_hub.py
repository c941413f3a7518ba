"""A Hugging Face hub on this computer, small enough to read, with the answers and headers that the real one gives."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


@dataclass
class Repository:
    """Its revisions (branches and tags, and the commits themselves), and the files of each commit."""

    commits: dict[str, dict[str, bytes]]
    revisions: dict[str, str]
    gated: int = 0  # the HTTP status that files are refused with
    said_sizes: dict[str, int | None] = field(default_factory=dict)  # where the hub says something untrue
    config: dict | None = None


@dataclass
class FakeHub:
    """The hub's content, what it was asked, and how it misbehaves."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    endpoint: str = ""
    asked: list[str] = field(default_factory=list)  # "GET /path bytes=5-"
    user_agents: set[str] = field(default_factory=set)
    break_once: dict[str, int] = field(default_factory=dict)  # file -> bytes after which its connection breaks
    status: int = 0  # answer everything with it
    # Where set: of each safetensors file only the first half is sent until the gate opens.
    gate: threading.Event | None = None

    def add(self, name: str, files: dict[str, bytes], commit: str = "a" * 40, revision: str = "main") -> Repository:
        """Put one commit of a repository there."""
        repository = self.repositories.setdefault(name, Repository({}, {}))
        repository.commits[commit] = files
        repository.revisions |= {revision: commit, commit: commit}
        return repository

    def fetched(self) -> list[str]:
        """The files that were sent, in order."""
        return [
            line.split()[1].rpartition("/")[2] for line in self.asked if line.startswith("GET") and "/resolve/" in line
        ]


@contextmanager
def fake_hub() -> Iterator[FakeHub]:
    """Run a hub while the block runs."""
    hub = FakeHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    server.daemon_threads = True
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(hub: FakeHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Keep the tests' output clean."""

        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def answer(self, body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.asked.append(f"{self.command} {path} {self.headers.get('Range', '')}".strip())
            hub.user_agents.add(self.headers.get("User-Agent", ""))
            if hub.status:
                return self.refuse(hub.status, "")
            api, _, rest = path.partition("/api/models/")
            if not api and rest:
                name, _, revision = rest.partition("/revision/")
            else:
                name, _, rest = path.removeprefix("/").partition("/resolve/")
                revision, _, file = rest.rpartition("/")
            repository = hub.repositories.get(name)
            if repository is None:  # what the real one says to those who are not logged in
                return self.refuse(401, "RepoNotFound")
            commit = repository.revisions.get(revision)
            if commit is None:
                return self.refuse(404, "RevisionNotFound")
            if not api and path.startswith("/api/"):
                return self.send_info(name, repository, commit)
            if repository.gated:
                return self.refuse(repository.gated, "GatedRepo")
            if file not in repository.commits[commit]:
                return self.refuse(404, "EntryNotFound")
            return self.send_file(repository.commits[commit][file], commit, file, body)

        def refuse(self, status: int, code: str) -> None:
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def send_info(self, name: str, repository: Repository, commit: str) -> None:
            sizes = {file: len(data) for file, data in repository.commits[commit].items()} | repository.said_sizes
            siblings = [{"rfilename": file, "size": size} for file, size in sizes.items()]
            info = {"id": name, "sha": commit, "siblings": siblings, "config": repository.config}
            text = json.dumps(info).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def send_file(self, data: bytes, commit: str, file: str, body: bool) -> None:
            begin = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
            self.send_response(206 if "Range" in self.headers else 200)
            self.send_header("ETag", f'"{hashlib.sha1(data).hexdigest()}"')
            self.send_header("X-Repo-Commit", commit)
            self.send_header("Content-Length", str(len(data) - begin))
            if begin:
                self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
            self.end_headers()
            if body:
                if hub.gate and file.endswith(".safetensors"):
                    half = begin + (len(data) - begin) // 2
                    self.wfile.write(data[begin:half])
                    begin = half
                    hub.gate.wait(60)
                end = begin + hub.break_once.pop(file, len(data))
                with suppress(ConnectionError):  # a download that was stopped hangs up
                    self.wfile.write(data[begin:end])
                if end < len(data):
                    self.close_connection = True

    return Handler
