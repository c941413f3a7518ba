"""Beam search on the decoding page: the tree, and the texts that the search ended with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis.beam_layout import Branch, Candidate, branches_of, path_to, rank_candidates, words_of
from explorer.analysis.factorisation import factorise
from explorer.analysis.provenance import tex
from explorer.components.beam_tree import BeamNode, beam_tree
from explorer.components.number_table import Column, number_table
from explorer.limits import BEAM_WIDTH
from explorer.ui.cache import load
from explorer.ui.decoded import Ids, Start, greedy, logits_along, searched
from explorer.ui.decoding_branch import show_branch
from explorer.ui.decoding_controls import (
    PAGE,
    choose_count,
    choose_length,
    one_line,
    take_following,
    take_number,
    text_of,
    written_words,
)
from explorer.ui.lessons import lesson
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url

if TYPE_CHECKING:
    from explorer.model.run import Run
    from explorer.model.tokenizer import TextTokenizer

SHOWN = 70  # characters of a branch in the select box: its end


def show_beam(choice: Choice, run: Run, start: Start) -> None:
    """The search with its controls, the branch that is chosen, and the texts that it ended with."""
    tokenizer = load(choice.model).tokenizer
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        width = choose_count("Width", "width", 1, min(BEAM_WIDTH, run.entry.config.vocab_size), 3)
        penalty = _choose_penalty()
        n_best = choose_count("n-best", "n_best", 1, 2 * BEAM_WIDTH, width)
        n = choose_length(start)
    branches = branches_of(searched(choice, start, width, penalty, n))
    ranked = rank_candidates(branches, penalty)
    winner = ranked[0].branch
    node = _choose_branch(tokenizer, branches, winner)
    _show_tree(tokenizer, start, branches, winner, penalty, node)
    show_branch(choice, start, [branches[n] for n in path_to(branches, node)], penalty)
    written = greedy(choice, start, n)
    _show_list(tokenizer, branches, ranked[:n_best], penalty, written)
    _place_greedy(choice, start, branches, ranked, penalty, written)


def _choose_penalty() -> float:
    take_number("length_penalty", 0.0, 2.0, 1.0, float)
    help_ = lesson(PAGE, "help length_penalty")
    st.slider(r"Length penalty $\alpha$", 0.0, 2.0, key="length_penalty", step=0.1, width=200, help=help_)
    put_into_url("length_penalty", 1.0)
    return st.session_state["length_penalty"]


def _choose_branch(tokenizer: TextTokenizer, branches: list[Branch], winner: int) -> int:
    """The same choice as a click in the tree, for the keyboard."""

    def name(n: int) -> str:
        branch = branches[n]
        text = one_line(tokenizer, branch.ids)
        return f"{n}  {words_of(branch)}: {text[-SHOWN:]}" if branch.ids else f"{n}  the beginning"

    take_following("branch", range(len(branches)), winner)
    st.selectbox("Branch", range(len(branches)), key="branch", format_func=name)
    put_into_url("branch", winner)
    return st.session_state["branch"]


def _show_tree(
    tokenizer: TextTokenizer, start: Start, branches: list[Branch], winner: int, penalty: float, node: int
) -> None:
    winning = {0, *path_to(branches, winner)}
    last = {n: each.ids[-1] if each.ids else start.prefix[-1] for n, each in enumerate(branches)}
    nodes = [
        BeamNode(
            id=n,
            parent=each.parent,
            step=each.step,
            label=tokenizer.label(last[n]),
            token_id=last[n],
            log_p=each.log_p,
            log_probability=each.log_probability,
            score=each.log_probability / max(1, each.step) ** penalty,
            fate=each.fate,
            on_winning_path=n in winning,
        )
        for n, each in enumerate(branches)
    ]
    title = "The tree of the beam search, from the beginning on the left to its longest texts on the right."
    beam_tree(nodes, key="beam_tree", title=title, selected=node, on_select=_select)


def _select(node: int) -> None:
    st.session_state["branch"] = node


def _show_list(
    tokenizer: TextTokenizer, branches: list[Branch], ranked: list[Candidate], penalty: float, written: Ids
) -> None:
    """The texts ranked with the length penalty, and beside it what rank each has without."""
    st.subheader("The n-best list", anchor=False)
    columns = [
        Column("text", "text"),
        Column(f"rank, α = {penalty:g}", "text"),
        Column("rank, α = 0", "count"),
        Column("n", "count"),
        Column("log p"),
        Column("log p / nᵅ"),
    ]
    rows, by_greedy = [], []
    for i, each in enumerate(ranked):
        branch = branches[each.branch]
        text = written_words(tokenizer, branch.ids, branch.fate == "ended")
        if branch.ids == written:
            text += " (greedy)"
            by_greedy.append(i)
        moved = each.rank_unpenalised - each.rank
        rank = f"{each.rank} ↑{moved}" if moved > 0 else f"{each.rank} ↓{-moved}" if moved < 0 else f"{each.rank}"
        rows.append((text, rank, each.rank_unpenalised, branch.step, branch.log_probability, each.score))
    number_table(columns, rows, key="n_best_table", title="The best texts of the search", marked=by_greedy)
    st.caption(lesson(PAGE, "n-best"))


def _place_greedy(
    choice: Choice, start: Start, branches: list[Branch], ranked: list[Candidate], penalty: float, written: Ids
) -> None:
    """Where greedy decoding stands among the texts of the beam."""
    same = next((each for each in ranked if branches[each.branch].ids == written), None)
    if same:
        st.markdown(f"Greedy decoding writes number {same.rank} of the {len(ranked)} texts that the search ended with.")
        return
    log_p = factorise(logits_along(choice, start, written)[: len(written)], written).total_log_p
    score = log_p / len(written) ** penalty
    ended = written[-1] == start.end
    better = [each for each in ranked if (branches[each.branch].fate == "ended", each.score) > (ended, score)]
    st.markdown(
        f"Greedy decoding writes “{text_of(load(choice.model).tokenizer, written, ended)}”: "
        rf"$\log p = {tex(log_p)}$, score ${tex(score)}$. The beam dropped it on its way; "
        f"among the {len(ranked)} texts it would be number {len(better) + 1}."
    )
