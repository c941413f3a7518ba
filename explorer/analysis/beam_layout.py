"""A finished beam search as a tree, and its complete texts ranked in two ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.model.beam import Search


@dataclass(frozen=True)
class Branch:
    """A node of the tree: everything from the root to one token."""

    parent: int | None  # index of the branch that it continues; None for the root
    ids: tuple[int, ...]  # what was written, this token last
    log_p: float  # of this token, given what is before it
    log_probability: float  # of the whole
    fate: str  # "root", "live", "ended" or "dropped"

    @property
    def step(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Candidate:
    """A text that the search ended with: complete, or stopped by the last step."""

    branch: int  # index of its branch
    score: float  # log p / n^alpha
    rank: int  # by score, 1 is the best; complete texts before those that were stopped
    rank_unpenalised: int  # by log p alone


def branches_of(search: Search) -> list[Branch]:
    """Every continuation that the search looked at; parents come before their children, step by step."""
    found = [Branch(None, (), 0.0, 0.0, "root")]
    live = [0]
    for step in search.steps:
        before, first = live, len(found)
        for each in step:
            parent = before[each.parent]
            ids = (*found[parent].ids, each.token)
            found.append(Branch(parent, ids, each.log_p, each.log_probability, each.fate))
        live = [first + n for n, each in enumerate(step) if each.fate == "live"]
    return found


def rank_candidates(branches: list[Branch], length_penalty: float) -> list[Candidate]:
    """The texts that the search could choose from, the best first.

    The score is log p / n^alpha (explorer.model.beam.length_score). The penalty decides nothing but this ranking: a
    step compares texts of one length.
    """
    last = max(branch.step for branch in branches)
    texts = [n for n, b in enumerate(branches) if b.fate == "ended" or (b.fate == "live" and b.step == last)]

    def score(n: int, alpha: float) -> float:
        return branches[n].log_probability / branches[n].step ** alpha

    def ranking(alpha: float) -> list[int]:
        return sorted(texts, key=lambda n: (branches[n].fate != "ended", -score(n, alpha)))

    plain = {n: rank for rank, n in enumerate(ranking(0.0), start=1)}
    ranked = enumerate(ranking(length_penalty), start=1)
    return [Candidate(n, score(n, length_penalty), rank, plain[n]) for rank, n in ranked]


def path_to(branches: list[Branch], n: int) -> list[int]:
    """The indices from the root to branch ``n``, the root left out."""
    found = []
    while branches[n].parent is not None:
        found.append(n)
        n = branches[n].parent
    return found[::-1]


def words_of(branch: Branch) -> str:
    """What became of it, in a word."""
    return {"root": "the beginning", "live": "kept", "ended": "ended", "dropped": "dropped"}[branch.fate]
