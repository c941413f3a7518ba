"""What a change does, below the controls of each view that makes one: the same pictures in the same order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from explorer.model.intervention import Intervention
from explorer.ui.break_it_attention import show_all_heads, show_attention
from explorer.ui.break_it_output import show_factors
from explorer.ui.break_it_travelled import show_travelled
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run


def show_effects(
    choice: Choice,
    run: Run,
    after: Run,
    change: Intervention,
    *,
    query: int | None = None,
    on_query: Callable[[int], None] | None = None,
    reach: str = "",
) -> None:
    """The factors, attention, and the states; ``query`` as in ``show_attention``.

    Parameters
    ----------
    reach : str
        Why some states cannot have moved.
    """
    show_factors(choice, run, change)
    show_attention(choice, run, after, change, query, on_query)
    show_all_heads(choice, run, after, change)
    show_travelled(run, after, change, reach)
