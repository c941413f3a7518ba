"""For tests of sources: an empty folder of models, an empty cache of downloads, and no network but this computer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.fake_hub import FakeHub, fake_hub


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the computer's models nor its settings play a part."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_IMPLICIT_TOKEN", True)
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path / "models"))
    for name in ("EXPLORER_ADD_MODELS", "EXPLORER_MAX_DOWNLOAD", "EXPLORER_MEMORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def only_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where anything else than 127.0.0.1 is called."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family == socket.AF_INET and address[0] != "127.0.0.1":
            raise AssertionError(f"a test called {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """The folder of models."""
    (folder := tmp_path / "models").mkdir()
    return folder


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    """A hub without models."""
    with fake_hub() as running:
        yield running
