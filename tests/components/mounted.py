"""Stands in for Streamlit where a component is tested without a browser."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import streamlit as st

NONSENSE = (None, 3, "0", [0, 1], {}, {"step": None}, {"step": "1"}, {"step": True}, {"step": 1.0}, {"step": -1})


class Mounted:
    """Keeps what a component is given, and answers as a browser would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> None:
        self.given: dict[str, Any] = {}
        self.session: dict[str, Any] = {}
        monkeypatch.setattr(module, "declare", lambda *names: self.given.update)
        monkeypatch.setattr(st, "session_state", self.session)

    @property
    def data(self) -> Any:
        return self.given["data"]

    def answer(self, event: str, value: object) -> None:
        heard = self.given[f"on_{event}_change"]
        heard()  # of a visitor who has gone elsewhere in the meantime, nothing is known any more: nothing happens
        self.session[self.given["key"]] = {event: value}
        heard()
        del self.session[self.given["key"]]
