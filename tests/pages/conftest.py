"""The app without a browser: opened at an address, with Streamlit's own AppTest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.drawn import sent

ROOT = Path(__file__).resolve().parents[2]
Opener = Callable[..., AppTest]


@pytest.fixture
def open_app() -> Opener:
    """``open_app("attention_heads", model=..., layer=...)``: the app after its first run at that address."""

    def opener(page: str = "home", **query: str) -> AppTest:
        app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
        if page != "home":
            app.switch_page(f"explorer/pages/{page}.py")
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    return opener


@pytest.fixture
def component_data() -> Callable[[AppTest, str], Any]:
    """``component_data(app, key)``: the JSON that a component of ours was given."""

    def data(app: AppTest, key: str) -> Any:
        return json.loads(sent(app, key).json)

    return data
