"""What a page has drawn."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest


def components(app: AppTest) -> list:
    """The components of the page itself, without the one of the frame that nobody sees."""
    return [each for each in app.get("bidi_component") if not each.proto.id.endswith("-run_again")]


def sent(app: AppTest, key: str) -> Any:
    """The message of the one component with that key, as Streamlit sends it: its ``json`` or its ``bytes``."""
    found = [each for each in components(app) if each.proto.id.endswith(f"-{key}")]
    assert len(found) == 1, f"{len(found)} components have the key {key!r}"
    return found[0].proto
