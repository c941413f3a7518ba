"""The header that names a script early: on the pages that need it, and nowhere else."""

from __future__ import annotations

import pytest

from explorer.server.early_script import EarlyScript
from explorer.ui.early_charts import begins_with_chart
from tests.server.loop import finish

TOY, GPT = "classroom-tiny-gpt", "gpt-captions"


def link(path: str, query: str = "", kind: str = "text/html; charset=utf-8", status: int = 200) -> str | None:
    """The header of the answer, where it has one."""
    said: list[dict] = []

    async def page(scope: dict, receive: object, send: object) -> None:
        headers = [(b"content-type", kind.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"<html>"})

    async def send(message: dict) -> None:
        said.append(message)

    early = EarlyScript(page, "/static/chart-7.js", begins_with_chart)
    finish(early({"type": "http", "path": path, "query_string": query.encode()}, None, send))
    assert said[1] == {"type": "http.response.body", "body": b"<html>"}
    return {name: value.decode() for name, value in said[0]["headers"]}.get(b"link")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/decoding", f"model={GPT}&view=draws"),
        ("/base/decoding/", "view=draws"),
        ("/factorisation", f"model={TOY}&view=distribution"),
    ],
)
def test_a_page_with_a_chart_names_its_script(path: str, query: str) -> None:
    assert link(path, query) == "</static/chart-7.js>; rel=preload; as=script"


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/", ""),
        ("/decoding", ""),
        ("/decoding", "view=beam"),
        ("/factorisation", f"model={GPT}&view=distribution"),
        ("/factorisation", "model=%00%ff&view=distribution"),
        ("/positions", "view=draws"),
    ],
)
def test_other_pages_do_not(path: str, query: str) -> None:
    assert link(path, query) is None


def test_only_a_page_does() -> None:
    assert link("/decoding", "view=draws", kind="application/json") is None
    assert link("/decoding", "view=draws", status=404) is None
