"""Token by token: the visitor writes, with the model's distribution in view, goes back, and takes other branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.decoding_path import add_branch, read_path, write_path
from explorer.analysis.factorisation import Factorisation, factorise
from explorer.analysis.predictions import largest, softmax
from explorer.analysis.provenance import tex
from explorer.components.token_bars import BarGroup, TokenBar, token_bars
from explorer.figures.style import significant
from explorer.limits import REMEMBERED_BRANCHES
from explorer.ui.cache import load, run_key
from explorer.ui.decoded import Ids, Start, logits_along
from explorer.ui.decoding_controls import PAGE
from explorer.ui.decoding_visited import show_visited
from explorer.ui.lessons import lesson
from explorer.ui.literal import token_name
from explorer.ui.notices import notice
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.run import Run
    from explorer.model.tokenizer import TextTokenizer

PATH, BRANCHES, CONTEXT = "path", "_branches", "_path_context"  # session keys; the first is in the URL too
LENGTHS = (10, 20, 50, 100)  # of the list of next tokens
FOUND = 8  # tokens that the search lists
LONGEST_SEARCH = 40  # characters


def show_tokens(choice: Choice, run: Run, start: Start) -> None:
    """The text so far, what may come next, and the branches that were visited."""
    tokenizer = load(choice.model).tokenizer
    path = _take_path(choice, run.entry.config.vocab_size, start)
    logits = logits_along(choice, start, path)
    st.session_state[BRANCHES] = add_branch(st.session_state[BRANCHES], path, REMEMBERED_BRANCHES)
    _show_text(tokenizer, start, path, logits)
    ended = start.end in path
    complete = ended or len(path) >= start.room
    p = None if complete else softmax(logits[len(path)])
    _draw_buttons(path, p, start)
    left, right = st.columns(2, gap="large")
    with left:
        if complete:
            st.info(lesson(PAGE, "complete" if ended else "no room"))
        else:
            _show_next(tokenizer, path, p)
    with right:
        show_visited(choice, start, st.session_state[BRANCHES], path, _go)


def _take_path(choice: Choice, vocab_size: int, start: Start) -> Ids:
    """The path in the session, else the one in the URL; for another model or another text it begins anew."""
    state, context = st.session_state, run_key(choice)
    if state.get(CONTEXT, context) != context:
        state[PATH] = ""
    if state.get(CONTEXT) != context:
        state[CONTEXT], state[BRANCHES] = context, []
    if PATH not in state:
        state[PATH] = st.query_params.get(PATH, "")
    try:
        path = read_path(state[PATH], vocab_size, start.room, start.end)
    except ValueError:
        notice("The address asks for a path of tokens that is not there: showing its beginning.")
        state[PATH], path = "", ()
    put_into_url(PATH, "")
    return path


def _go(path: Ids) -> None:
    st.session_state[PATH] = write_path(path)


def _show_text(tokenizer: TextTokenizer, start: Start, path: Ids, logits: np.ndarray) -> None:
    """The tokens that were taken, and the product of their probabilities."""
    if not path:
        st.markdown(lesson(PAGE, "empty path"))
        return
    factors = factorise(logits[: len(path)], path)
    words = [
        f"{token_name(label)} {significant(p)}" for label, p in zip(tokenizer.labels(path), factors.p, strict=True)
    ]
    st.markdown("\u2003".join(words))  # an em space
    st.markdown(_product(factors, "x" if start.source else r"\text{prompt}"))


def _product(factors: Factorisation, given: str) -> str:
    """p(y_1 .. y_n | x) in LaTeX, its factors put in; of many the first and the last."""
    n = len(factors)
    shown = [tex(p) for p in factors.p]
    numbers = shown if n <= 6 else [*shown[:3], r"\cdots", shown[-1]]
    total = tex(float(np.exp(factors.total_log_p)))
    put_in = " = " + r" \cdot ".join(numbers) if n > 1 else ""
    return (
        rf"$\displaystyle p(y_{{1:{n}}} \mid {given}) = \prod_{{i=1}}^{{{n}}} p(y_i \mid y_{{1:i-1}}, {given})"
        rf"{put_in} = {total},$ $\quad \log p = {tex(factors.total_log_p)}$"
    )


def _draw_buttons(path: Ids, p: np.ndarray | None, start: Start) -> None:
    best = ()
    if p is not None:
        written = p.copy()
        written[list(start.suppressed)] = 0.0
        best = (*path, int(written.argmax()))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Back", key="back", on_click=_go, args=(path[:-1],), disabled=not path, shortcut="Left")
        st.button(
            "Take the most probable",
            key="best",
            on_click=_go,
            args=(best,),
            disabled=not best,
            shortcut="Right",
            type="primary",
        )
        st.button("Start over", key="start", on_click=_go, args=((),), disabled=not path)


def _show_next(tokenizer: TextTokenizer, path: Ids, p: np.ndarray) -> None:
    """The most probable next tokens, and those that were searched for; each can be taken."""
    options = [n for n in LENGTHS if n < len(p)] + ([len(p)] if len(p) <= LENGTHS[-1] else [])
    take_from_url("top", options, options[0])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox("Show the most probable", options, key="top", width=170)
        put_into_url("top", options[0])
        wanted = st.text_input("Find a token", key="find", max_chars=LONGEST_SEARCH, width=190)
    shown = largest(p, st.session_state["top"])
    groups, ids = [_group("", tokenizer, p, shown, len(p) - len(shown))], [shown]
    if wanted.strip():
        order = np.argsort(-p, kind="stable")
        found = _find(tokenizer, order, wanted)
        if len(found):
            groups.insert(0, _group("Found", tokenizer, p, found, 0, order))
            ids.insert(0, found)
        else:
            st.caption("No token of this vocabulary contains what you typed.")
    token_bars(
        groups,
        key="next_tokens",
        on_pick=lambda group, bar: _go((*path, int(ids[group][bar]))),
        pick_title="click to write it",
    )


def _group(
    heading: str,
    tokenizer: TextTokenizer,
    p: np.ndarray,
    ids: np.ndarray,
    n_others: int,
    order: np.ndarray | None = None,
) -> BarGroup:
    ranks = range(1, len(ids) + 1) if order is None else [int(np.flatnonzero(order == i)[0]) + 1 for i in ids]
    bars = [TokenBar(tokenizer.label(int(i)), int(i), float(p[i]), rank) for i, rank in zip(ids, ranks, strict=True)]
    others = (f"{n_others:,} other tokens together", max(0.0, 1 - float(p[ids].sum()))) if n_others else None
    return BarGroup(heading, tuple(bars), tail=others)


def _find(tokenizer: TextTokenizer, order: np.ndarray, wanted: str) -> np.ndarray:
    """The most probable tokens whose label contains what was typed; a space is written as the labels write it."""
    wanted = wanted[:LONGEST_SEARCH].casefold().replace(" ", "␣")
    matching = (i for i in order if wanted in tokenizer.label(int(i)).casefold())
    return np.array([i for i, _ in zip(matching, range(FOUND), strict=False)], dtype=np.int64)
