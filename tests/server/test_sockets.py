"""Whoever connects is answered at once: a small piece does not wait until the last one was acknowledged."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from app import app, lifespan
from explorer.server.sockets import send_at_once
from tests.server.loop import finish


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """As Streamlit opens its own: without a protocol, for which asyncio would have switched the waiting off."""
    for thread in threading.enumerate():
        if thread.name == "import torch":
            thread.join()  # it takes what is there by then out of the collector's sight: not this socket
    with socket.socket(family=socket.AF_INET) as each:
        each.bind(("127.0.0.1", 0))
        each.listen()
        yield each


def waits(each: socket.socket) -> bool:
    return not each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_those_who_connect_do_not_wait(listening: socket.socket) -> None:
    with socket.create_connection(listening.getsockname()), listening.accept()[0] as before:
        assert waits(before)
    send_at_once()
    with socket.create_connection(listening.getsockname()), listening.accept()[0] as after:
        assert not waits(after)


def test_other_sockets_are_left_alone() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket() as client, socket.socket() as closed:
        closed.close()
        send_at_once()
        assert waits(client)


def test_the_server_does_so_when_it_starts(listening: socket.socket) -> None:
    async def start() -> None:
        async with lifespan(app):
            with socket.create_connection(listening.getsockname()), listening.accept()[0] as each:
                assert not waits(each)

    finish(start())
