"""The sizes of a Transformer as sliders with number boxes; pictures follow while one is dragged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.components.base import declare, plain, sent_by


@dataclass(frozen=True)
class Size:
    """One whole number that can be chosen."""

    name: str  # the code's name: "d_model"
    symbol: str  # the board's letter, with _ before a subscript: "d"
    words: str  # what it is, on hover
    value: int
    largest: int
    smallest: int = 1


def shape_sliders(
    sizes: Sequence[Size],
    *,
    key: str,
    linked: bool,
    on_change: Callable[[dict[str, int], bool], None],
    problem: str = "",
) -> None:
    """Draw a slider (by powers of 2 and quarters between them) and a number box (any whole number) for each size.

    While a slider is dragged the component announces "shape" to the others on the page, as {name: value}; the server
    hears when it is let go, or a number has been typed.

    Parameters
    ----------
    linked : bool
        Whether s m and s l stay the same when s is moved: m and l then follow, and s takes divisors of both only.
    problem : str
        Why the last change was not taken, in one sentence.
    on_change : called with ({name: value} of all sizes, linked), checked, before the next run
    """

    def changed() -> None:
        sent = sent_by(key, "shape")
        if values := read_sizes(sizes, sent):
            on_change(values, sent.get("linked") is True)

    data = {"sizes": [plain(size) for size in sizes], "linked": linked, "problem": problem}
    declare("shape_sliders")(key=key, data=data, on_shape_change=changed)


def read_sizes(sizes: Sequence[Size], sent: object) -> dict[str, int] | None:
    """What the browser sent as values of these sizes; None unless it is one whole number in range for each."""
    values = sent.get("values") if isinstance(sent, dict) else None
    if not isinstance(values, dict):
        return None
    found = {size.name: values.get(size.name) for size in sizes}
    good = (type(found[size.name]) is int and size.smallest <= found[size.name] <= size.largest for size in sizes)
    return found if all(good) else None
