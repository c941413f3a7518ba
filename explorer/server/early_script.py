"""A browser that opens a page with a chart is told at once to fetch the script that draws it, which is a large one."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl

from explorer.server.asgi import App, Message, Receive, Scope, Send

Wanted = Callable[[str, dict[str, str]], bool]  # of a page's path and its query: whether the script will be needed


class EarlyScript:
    """ASGI middleware: names a script in the header of the pages that will need it (``Link: rel=preload``, RFC 8288).

    Parameters
    ----------
    app : ASGI application
    path : str
        Where the script is served.
    wanted : callable
        Which pages need it.
    """

    def __init__(self, app: App, path: str, wanted: Wanted) -> None:
        self.app, self._wanted = app, wanted
        self._link = (b"link", f"<{path}>; rel=preload; as=script".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._is_wanted(scope):
            await self.app(scope, receive, send)
            return

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                message = {**message, "headers": [*message["headers"], self._link]}
            await send(message)

        await self.app(scope, receive, tell)

    def _is_wanted(self, scope: Scope) -> bool:
        query = dict(parse_qsl(scope["query_string"].decode("utf-8", "replace")))
        return bool(query) and self._wanted(scope["path"], query)


def _is_page(message: Message) -> bool:
    kind = dict(message["headers"]).get(b"content-type", b"")
    return message["status"] == 200 and kind.startswith(b"text/html")
