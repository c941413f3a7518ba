"""What an ASGI server and its middleware give each other, and where it is served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def below(base: str, path: str) -> str:
    """A path of the server's as a browser asks for it, where the whole app is served below ``base``.

    >>> below("", "/x"), below("/explorer/", "/x")
    ('/x', '/explorer/x')
    """
    base = base.strip("/")
    return f"/{base}{path}" if base else path
