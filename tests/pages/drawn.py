"""What a page has drawn."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def components(app: AppTest) -> list:
    """The components of the page itself, without that of the frame, which nobody sees."""
    return [each for each in app.get("bidi_component") if not each.proto.id.endswith("-unseen")]


def sent(app: AppTest, key: str) -> Any:
    """The message of the one component with that key, as Streamlit sends it: its ``json`` or its ``bytes``."""
    found = [each for each in components(app) if each.proto.id.endswith(f"-{key}")]
    assert len(found) == 1, f"{len(found)} components have the key {key!r}"
    return found[0].proto


def checks(app: AppTest) -> str:
    """What all comparisons with NumPy say: their lines, both results, and whether they agree."""
    found = [
        json.loads(each.proto.json) for each in components(app) if each.proto.id.endswith("_check") and each.proto.json
    ]
    return "\n".join(
        f"{''.join(text for _, text in check['code'])}\n{check['result']} {check['shown']} {check['difference']} "
        f"{'✓' if check['agrees'] else '✗'}\n{check['source']}"
        for check in found
    )


def panel(app: AppTest) -> str:
    """What the panel of a number says: its title and formula, the lines of NumPy, and the comparison."""
    words = next(text.value for text in app.markdown if text.value.startswith("**") and r"$\displaystyle" in text.value)
    return f"{words}\n{checks(app)}"
