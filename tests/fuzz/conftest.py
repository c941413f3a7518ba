"""The models over which the pages are opened, and an empty memory before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer.ui import added_models
from tests.fuzz.opened import folders


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The explorer with the models of ``tests.fuzz.opened``."""
    for name, value in folders().items():
        monkeypatch.setenv(name, value)
    added_models.forget_added("")
    yield
    monkeypatch.undo()
    added_models.forget_added("")
