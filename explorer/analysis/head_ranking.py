"""What each head is worth to one text: how much less probable the text gets when that head alone is switched off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, inf, isnan

from explorer.model.intervention import Place


@dataclass(frozen=True)
class HeadDrop:
    """One head switched off. ``before`` and ``after`` are log p(y|x) in nats; of a BERT, the pseudo-log-likelihood."""

    place: Place
    before: float
    after: float

    @property
    def drop(self) -> float:
        """In nats; negative where the text is more probable without the head."""
        return self.before - self.after

    @property
    def ratio(self) -> float:
        """p without the head over p with it: exp(-drop)."""
        return exp(min(-self.drop, 700.0))


def ranked(drops: Iterable[HeadDrop]) -> list[HeadDrop]:
    """The largest drop first; equal ones in the order in which they came, and what is not a number last.

    >>> at = [Place("decoder", 0, head) for head in range(2)]
    >>> [each.place.head for each in ranked([HeadDrop(at[0], -1.0, -1.5), HeadDrop(at[1], -1.0, -3.0)])]
    [1, 0]
    """
    return sorted(drops, key=lambda each: inf if isnan(each.drop) else -each.drop)
