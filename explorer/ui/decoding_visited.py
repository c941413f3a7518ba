"""The branches that a visitor has taken token by token, as a tree and as a list; choosing one returns to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis.decoding_path import tree
from explorer.analysis.factorisation import Factorisation, factorise
from explorer.components.beam_tree import BeamNode, beam_tree
from explorer.figures.style import significant
from explorer.ui.cache import load
from explorer.ui.decoded import Ids, Start, logits_along
from explorer.ui.decoding_controls import PAGE, one_line, text_of
from explorer.ui.lessons import lesson
from explorer.ui.picked import picked
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.tokenizer import TextTokenizer


def show_visited(choice: Choice, start: Start, branches: list[Ids], path: Ids, go: Callable[[Ids], None]) -> None:
    """The branches that were visited, as a tree and as a select box; choosing one returns to it."""
    st.subheader("Where you have been", anchor=False)
    if not branches:
        st.caption(lesson(PAGE, "no branches"))
        return
    tokenizer = load(choice.model).tokenizer
    factors = {each: factorise(logits_along(choice, start, each)[: len(each)], each) for each in branches}
    _show_tree(tokenizer, start, path, factors, go)

    def name(branch: Ids) -> str:
        log_p = significant(factors[branch].total_log_p)
        return f"{branches.index(branch) + 1}  log p {log_p}: {one_line(tokenizer, branch)}"

    def go_back() -> None:
        branch = picked("_branch", branches)
        if branch is not None:
            go(branch)

    st.session_state["_branch"] = None
    st.selectbox(
        "Return to a branch",
        branches[::-1],
        key="_branch",
        index=None,
        format_func=name,
        on_change=go_back,
        placeholder=f"Return to one of {len(branches)}",
        label_visibility="collapsed",
    )
    best = _best(start, factors)
    st.caption(f"The most probable so far: “{text_of(tokenizer, best, best[-1] == start.end)}”.")


def _best(start: Start, factors: dict[Ids, Factorisation]) -> Ids:
    """Of the visited branches the most probable one; complete ones come first."""
    return max(factors, key=lambda branch: (branch[-1] == start.end, factors[branch].total_log_p))


def _show_tree(
    tokenizer: TextTokenizer,
    start: Start,
    path: Ids,
    factors: dict[Ids, Factorisation],
    go: Callable[[Ids], None],
) -> None:
    nodes = tree([*factors, path])
    best = _best(start, factors)
    through = {each[:n]: (found, n) for each, found in factors.items() for n in range(1, len(each) + 1)}

    def node(n: int, each: Ids) -> BeamNode:
        if not each:
            first = start.prefix[-1]
            return BeamNode(n, None, 0, tokenizer.label(first), first, 0.0, 0.0, None, "root", True)
        found, length = through[each]
        whole = float(found.running_log_p[length - 1])
        fate = "ended" if each[-1] == start.end else "live"
        label, parent = tokenizer.label(each[-1]), nodes.index(each[:-1])
        log_p = float(found.log_p[length - 1])
        return BeamNode(n, parent, length, label, each[-1], log_p, whole, None, fate, best[:length] == each)

    beam_tree(
        [node(n, each) for n, each in enumerate(nodes)],
        key="visited",
        title="The branches that you have visited.",
        selected=nodes.index(path),
        on_select=lambda n: go(nodes[n]),
        live="not ended",
        follows=True,
    )
