"""The tree of a beam search, from left to right: what was continued, what came to an end, and what was dropped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.components.base import declare, from_browser, pack, sent_by

FATES = ("root", "live", "ended", "dropped")


@dataclass(frozen=True)
class BeamNode:
    """A beginning of a text: all tokens from the root to this node."""

    id: int
    parent: int | None  # the id of the node that it continues; None for the root alone
    step: int  # its column: 0 for the root, and one more than its parent's
    label: str  # its last token as the screen writes it
    token_id: int
    log_p: float  # log p of the last token, given what is before it
    log_probability: float  # log p of the whole
    score: float | None  # what texts of different lengths are compared by; None where they are not
    fate: str  # one of FATES
    on_winning_path: bool = False


def beam_tree(
    nodes: Sequence[BeamNode],
    *,
    key: str,
    title: str,
    selected: int | None = None,
    on_select: Callable[[int], None] | None = None,
    live: str = "kept",
    follows: bool = False,
) -> None:
    """Draw the tree; a click chooses a node, and so do the arrow keys: up and down in a column, left and right along.

    Parameters
    ----------
    nodes : sequence of BeamNode
        A parent before its children; one root.
    title : str
        What is shown, for those who cannot see it.
    selected : int, optional
        The id of the node that is framed.
    on_select : called with the id of the chosen node before the next run
    live : str
        What a "live" node is called on screen.
    follows : bool
        Whether the tree is scrolled to the selected node, whatever chose it; else it opens at its root.

    Raises
    ------
    ValueError
        If there is no node, an id occurs twice, a parent does not come before its child, or a fate is unknown.
    """
    _check(nodes)

    def chosen() -> None:
        if on_select and (found := from_browser(sent_by(key, "select"), node=len(nodes))):
            on_select(nodes[found[0]].id)

    place = {node.id: n for n, node in enumerate(nodes)}
    whole = [
        (place.get(node.parent, -1), node.step, node.token_id, FATES.index(node.fate), node.on_winning_path)
        for node in nodes
    ]
    real = [(node.log_p, node.log_probability, np.nan if node.score is None else node.score) for node in nodes]
    meta = {
        "title": title,
        "labels": [node.label for node in nodes],
        "selected": place.get(selected, -1),
        "picks": on_select is not None,
        "live": live,
        "follows": follows,
    }
    data = pack(
        meta,
        whole=np.array(whole, dtype=np.int32).reshape(-1, 5),
        real=np.array(real, dtype="<f8").reshape(-1, 3).view(np.uint8),  # float64, byte by byte: no digit is lost
    )
    declare("beam_tree", "beam_tree_layout")(key=key, data=data, on_select_change=chosen)


def _check(nodes: Sequence[BeamNode]) -> None:
    if not nodes:
        raise ValueError("a tree has at least its root")
    steps: dict[int | None, int] = {None: -1}
    for node in nodes:
        if node.id in steps:
            raise ValueError(f"two nodes have the id {node.id}")
        if node.parent not in steps:
            raise ValueError(f"node {node.id} comes before its parent {node.parent}")
        if node.step != steps[node.parent] + 1:
            raise ValueError(f"node {node.id} is at step {node.step}, its parent at {steps[node.parent]}")
        if node.fate not in FATES:
            raise ValueError(f"node {node.id} has the fate {node.fate!r}, not one of {', '.join(FATES)}")
        steps[node.id] = node.step
