"""The special tokens around a text, as ids: what a model reads before the text's own tokens, and after them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WHAT = {"encoder-decoder": ("source", "target"), "decoder": ("text",), "encoder": ("text",)}  # what each one reads


@dataclass(frozen=True)
class Frame:
    """Ids before a text and after it; either may be empty.

    >>> Frame(before=(2,), after=(3,)).around([5, 7])
    [2, 5, 7, 3]
    """

    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()

    def around(self, ids: Iterable[int]) -> list[int]:
        """The ids of a text with the frame's on both sides."""
        return [*self.before, *ids, *self.after]

    def __len__(self) -> int:
        """How many ids it adds to a text's own."""
        return len(self.before) + len(self.after)


def check_reads(architecture: str, what: str) -> None:
    """ValueError unless a model of this architecture reads such a text: a "source", a "target", or a "text"."""
    if what not in WHAT.get(architecture, ()):
        known = "; ".join(f"{name}: {' and '.join(WHAT[name])}" for name in WHAT)
        raise ValueError(f"no {architecture!r} reads a {what!r} ({known})")
