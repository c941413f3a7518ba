"""The server's sockets send what they are given at once."""

from __future__ import annotations

import gc
import socket


def send_at_once() -> None:
    """Switch off Nagle's algorithm for all connections that this process will accept.

    It holds back a small piece until the last one was acknowledged, which the other side may do up to 40 ms late; a
    file is sent as two pieces, its header and its bytes. asyncio switches it off (``TCP_NODELAY``) for sockets that
    name their protocol, and Streamlit's does not. Connections inherit it from the socket that listens.
    """
    for each in gc.get_objects():
        # Not isinstance, which asks the object itself: some of torch's then say that they are deprecated.
        if issubclass(type(each), socket.socket) and _listens(each):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _listens(each: socket.socket) -> bool:
    inet = each.family in (socket.AF_INET, socket.AF_INET6) and each.type == socket.SOCK_STREAM
    return inet and each.fileno() >= 0 and bool(each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
