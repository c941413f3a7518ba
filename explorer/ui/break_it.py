"""The frame of the page that breaks the model: which of its views is shown. Only that one is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from explorer.ui.break_it_edit import show_edit
from explorer.ui.break_it_number import show_number
from explorer.ui.break_it_ranking import show_ranking
from explorer.ui.break_it_switches import show_switches
from explorer.ui.score_laboratory import show_laboratory
from explorer.ui.session import Choice
from explorer.ui.standing_by import keep_pictures
from explorer.ui.url import choose_in_url

if TYPE_CHECKING:
    from explorer.model.run import Run

PAGE = "break_it"
VIEWS: dict[str, tuple[str, Callable]] = {  # by the name in the URL: the title, what draws it
    "switches": ("Switches", show_switches),
    "ranking": ("Every head off, once", show_ranking),
    "edit": ("Edit attention", show_edit),
    "number": ("One number", show_number),
    "laboratory": ("The √m laboratory", show_laboratory),
}
PICTURES = {"edit": "weight_row"}  # the maps of two views are the same ones


def choose_view() -> str:
    """Draw the row of views, and return the chosen one."""
    return choose_in_url("view", {view: title for view, (title, _) in VIEWS.items()}, "View")


def show_view(view: str, choice: Choice, run: Run) -> None:
    keep_pictures(PAGE, view, PICTURES)
    VIEWS[view][1](choice, run)
