"""Adding up the probability of every text: for each length, how much has ended and how much can still go on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Mass:
    """Where the probability is once every text has had ``length`` tokens to end in."""

    length: int
    n_ending: int  # texts that end with exactly this token
    n_going_on: int  # texts that can still go on
    ended_before: float  # the probability of all texts that are shorter
    ends_here: float  # of those of exactly this length, their end counted
    going_on: float  # of those that are longer

    @property
    def total(self) -> float:
        return math.fsum((self.ended_before, self.ends_here, self.going_on))

    @property
    def off(self) -> float:
        """How far the total is from 1: rounding, and nothing else."""
        return math.fsum((self.ended_before, self.ends_here, self.going_on, -1.0))


def add_up(levels: Iterable[tuple[int, int, int, float, float]]) -> Iterator[Mass]:
    """One ``Mass`` for each (length, n_ending, n_going_on, ends_here, going_on), short ones first."""
    ended: list[float] = []
    for length, n_ending, n_going_on, ends_here, going_on in levels:
        yield Mass(length, n_ending, n_going_on, math.fsum(ended), ends_here, going_on)
        ended.append(ends_here)


def longest_within(counts: Sequence[int], bound: int) -> int:
    """How many of the growing ``counts`` are at most ``bound``.

    >>> longest_within([9, 81, 729], 100)
    2
    """
    return sum(count <= bound for count in counts)
