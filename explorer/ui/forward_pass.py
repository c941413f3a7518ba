"""The frame of the forward pass's page: which of its two views is shown. Only that one is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.ui.forward_pass_boxes import PAGE, show_boxes
from explorer.ui.forward_pass_stream import show_stream
from explorer.ui.session import Choice
from explorer.ui.url import choose_in_url

if TYPE_CHECKING:
    from explorer.model.run import Run

__all__ = ["PAGE", "choose_view", "show_view"]

TITLES = {"boxes": "Box by box", "stream": "The residual stream"}
SHOW = {"boxes": show_boxes, "stream": show_stream}


def choose_view() -> str:
    """Draw the row of views, and return the chosen one."""
    return choose_in_url("view", TITLES, "View")


def show_view(view: str, choice: Choice, run: Run) -> None:
    SHOW[view](choice, run)
