"""Scripts, styles and fonts, from memory and compressed: a first visit asks for some ninety of them."""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from explorer.server.asgi import App, Receive, Scope, Send

PREFIX = "/static/"
YEAR = 31_536_000  # seconds: each name holds a hash or a version, so that a new content has a new name
# What a machine's own list (Windows' registry) may have wrong: a script of the wrong type is not run.
TYPES = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"}
PACKED = {".js", ".css", ".svg", ".json"}  # what gzip makes smaller; fonts and pictures are packed already


@dataclass(frozen=True, slots=True)
class _Answer:
    headers: list[tuple[bytes, bytes]]
    body: bytes


class FilesInMemory:
    """ASGI middleware: answers for files whose name says which content they have, passes on all else.

    Streamlit looks each of them up on the disk, in threads and without compression: 4 ms for the smallest, which a
    browser that has nothing yet waits for ninety times. Here each is read once, when it is first asked for.

    Parameters
    ----------
    app : ASGI application
        What answers everything else.
    folder : Path
        Served at ``/static/``. Only files that are there now are served: no other path is ever opened.
    more : mapping
        Other files, by the paths at which they are served.
    """

    def __init__(self, app: App, folder: Path, more: Mapping[str, Path] = MappingProxyType({})) -> None:
        self.app = app
        files = {PREFIX + file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
        self._files = files | dict(more)
        self._kept: dict[tuple[str, bool], _Answer] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or scope["path"] not in self._files:
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if b"range" in headers:  # a part of a file
            await self.app(scope, receive, send)
            return
        answer = await self._answer(scope["path"], b"gzip" in headers.get(b"accept-encoding", b""))
        await send({"type": "http.response.start", "status": 200, "headers": answer.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})

    async def _answer(self, path: str, packed: bool) -> _Answer:
        key = path, packed and self._files[path].suffix in PACKED
        if key not in self._kept:
            self._kept[key] = await asyncio.to_thread(_read, self._files[path], key[1])
        return self._kept[key]


def _read(file: Path, packed: bool) -> _Answer:
    body = file.read_bytes()
    headers = {
        "content-type": TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream",
        "cache-control": f"public, immutable, max-age={YEAR}",
        "vary": "Accept-Encoding",
    }
    if packed:
        body = gzip.compress(body, mtime=0)
        headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(body))
    return _Answer([(name.encode(), value.encode()) for name, value in headers.items()], body)
