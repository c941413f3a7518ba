"""The mass of all texts: what has ended, what ends, what goes on, and their sum."""

from __future__ import annotations

from explorer.analysis.total_mass import add_up, longest_within


def test_a_coin_that_ends_the_text():
    """p(end) = 1/2 at each step: half of what went on ends, and the sum is exactly 1."""
    masses = list(add_up([(n, 1, 1, 0.5**n, 0.5**n) for n in (1, 2, 3, 4)]))
    assert [mass.ended_before for mass in masses] == [0, 0.5, 0.75, 0.875]
    assert [mass.total for mass in masses] == [1, 1, 1, 1]
    assert [mass.off for mass in masses] == [0, 0, 0, 0]


def test_what_is_missing_is_said_to_the_last_digit():
    (mass,) = add_up([(1, 1, 6, 0.25, 0.75 - 2**-50)])
    assert mass.off == -(2**-50)


def test_longest_within():
    assert [longest_within([9, 81, 729], bound) for bound in (8, 9, 728, 10_000)] == [0, 1, 2, 3]
