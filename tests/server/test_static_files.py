"""Streamlit's scripts, styles and fonts come whole, compressed where asked for, and nothing else comes that way."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import streamlit as st

from explorer.server.static_files import FilesInMemory
from tests.server.loop import finish

STREAMLIT = Path(st.__file__).parent / "static" / "static"
SCRIPT = "let words = 'waves';\n" * 101


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "static" / "js").mkdir(parents=True)
    (tmp_path / "static" / "js" / "a.7f.js").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "static" / "font.3b.woff2").write_bytes(bytes(range(251)))
    (tmp_path / "secret.txt").write_text("mine", encoding="utf-8")
    return tmp_path / "static"


def ask(files: FilesInMemory, path: str, method: str = "GET", kind: str = "http", **headers: str) -> tuple[dict, bytes]:
    """(headers, body) of the answer; of what was passed on, the header "passed"."""
    said: list[dict] = []

    async def send(message: dict) -> None:
        said.append(message)

    names = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "method": method, "path": path, "headers": names}
    finish(files(scope, None, send))
    if not said:
        return {"passed": "on"}, b""
    assert [message["type"] for message in said] == ["http.response.start", "http.response.body"]
    assert said[0]["status"] == 200
    return {name.decode(): value.decode() for name, value in said[0]["headers"]}, said[1]["body"]


async def nobody(scope: dict, receive: object, send: object) -> None:
    """The application behind it, which says nothing here."""


def test_a_script_comes_compressed_and_stays_in_the_browser(folder: Path) -> None:
    files = FilesInMemory(nobody, folder)
    for _ in range(2):  # read, and kept
        headers, body = ask(files, "/static/js/a.7f.js", accept_encoding="br, gzip")
        assert headers["content-encoding"] == "gzip" and len(body) < len(SCRIPT) / 5
        assert gzip.decompress(body).decode() == SCRIPT
        assert headers["content-length"] == str(len(body)) and "immutable" in headers["cache-control"]
        assert headers["content-type"] == "text/javascript" and headers["vary"] == "Accept-Encoding"


def test_who_cannot_unpack_gets_it_as_it_is(folder: Path) -> None:
    headers, body = ask(FilesInMemory(nobody, folder), "/static/js/a.7f.js")
    assert "content-encoding" not in headers and body.decode() == SCRIPT


def test_a_font_is_not_compressed_twice(folder: Path) -> None:
    headers, body = ask(FilesInMemory(nobody, folder), "/static/font.3b.woff2", accept_encoding="gzip")
    assert "content-encoding" not in headers and body == bytes(range(251))


def test_only_the_header_is_sent_where_only_that_is_asked_for(folder: Path) -> None:
    headers, body = ask(FilesInMemory(nobody, folder), "/static/js/a.7f.js", method="HEAD")
    assert headers["content-length"] == str(len(SCRIPT)) and body == b""


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/static/",
        "/static/js",
        "/static/b.js",
        "/static/../secret.txt",
        "/static/js/../../../secret.txt",
        "//static/js/a.7f.js",
    ],
)
def test_no_other_path_is_answered(folder: Path, path: str) -> None:
    assert ask(FilesInMemory(nobody, folder), path)[0] == {"passed": "on"}


def test_other_files_are_served_at_their_own_paths(folder: Path) -> None:
    files = FilesInMemory(nobody, folder, {"/base/static/b-7.1.js": folder / "js" / "a.7f.js"})
    headers, body = ask(files, "/base/static/b-7.1.js")
    assert body.decode() == SCRIPT and headers["content-type"] == "text/javascript"
    assert ask(files, "/static/js/a.7f.js")[1] == body
    assert ask(files, "/static/b-7.1.js")[0] == {"passed": "on"}


def test_all_else_is_passed_on(folder: Path) -> None:
    files, path = FilesInMemory(nobody, folder), "/static/js/a.7f.js"
    assert ask(files, path, method="POST")[0] == {"passed": "on"}
    assert ask(files, path, kind="websocket")[0] == {"passed": "on"}
    assert ask(files, path, range="bytes=2-5")[0] == {"passed": "on"}


def test_each_file_of_streamlits_has_a_hash_in_its_name() -> None:
    """So that it may stay in a browser for a year: another version has another name."""
    files = [file.name for file in STREAMLIT.rglob("*") if file.is_file()]
    assert len(files) > 100
    assert [name for name in files if len(name.split(".")) < 3 or len(name.split(".")[-2]) < 8] == []
