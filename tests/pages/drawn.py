"""What a page has drawn."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def components(app: AppTest) -> list:
    """The components of the page itself, without the one of the frame that nobody sees."""
    return [each for each in app.get("bidi_component") if not each.proto.id.endswith("-coming_back")]
