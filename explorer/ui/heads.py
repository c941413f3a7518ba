"""The parts of the attention heads page: the chosen head enlarged, its pinned cell, and the statistics of all heads."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis import head_statistics as statistics
from explorer.analysis.attention_formula import score_text
from explorer.components.head_grid import head_grid
from explorer.components.head_map import Axis, head_map
from explorer.components.head_table import Column, head_table
from explorer.components.token_lines import token_lines
from explorer.model.kinds import KIND_TITLES
from explorer.ui.cache import load, run_statistics
from explorer.ui.gaps import gap_lesson, gaps_of
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal
from explorer.ui.navigation import page_path
from explorer.ui.session import Choice, select_head
from explorer.ui.standing_by import keep_pictures
from explorer.ui.url import put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.run import Run, Tokens

PAGE = "attention_heads"
VIEWS = ("Matrix", "Lines")
PICTURES = {"Matrix": "head_map", "Lines": "token_lines"}
EXPLAINED = "_statistics_explained"  # session key: whether the columns have been asked about


def say_what_to_look_at(choice: Choice, run: Run) -> None:
    """One sentence for this kind of attention in this model; and where the target comes from, if the model wrote it."""
    config = run.entry.config
    narrow = " bottleneck" if choice.kind == "cross" and config.bottleneck else ""
    st.markdown(gap_lesson(choice.model, PAGE, f"look {config.architecture} {choice.kind}{narrow}"))
    if run.written and choice.kind != "encoder":
        text = load(choice.model).tokenizer.decode(run.tokens.ids)
        st.markdown(f"The target was written by the model itself, word by word the most probable: “{literal(text)}”")


def show_all_heads(choice: Choice, run: Run, weights: np.ndarray) -> None:
    """The picture of all layers and heads, from which one is chosen."""
    title = KIND_TITLES[choice.kind]
    st.subheader(title, anchor=False)
    head_grid(
        weights,
        run.attention(choice.kind, 0).mask[0],
        title=title,
        selected=(choice.layer, choice.head),
        key="head_grid",
        on_select=partial(select_head, choice.kind),
        follows=("layer", "head"),
    )


@st.fragment
def show_head(choice: Choice, run: Run) -> None:
    """The chosen head, as a matrix or as lines. A fragment: pinning a cell redraws nothing else."""
    title = f"Layer {choice.layer + 1}, head {choice.head + 1}"
    attention = run.attention(choice.kind, choice.layer)
    weights, mask = attention.weights[choice.head], attention.mask[0]
    queries, keys = _axis(run.queries(choice.kind)), _axis(run.keys(choice.kind))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(title, anchor=False, width="content")
        view = st.segmented_control(
            "View",
            VIEWS,
            default=VIEWS[0],
            required=True,
            key="view",
            bind="query-params",
            label_visibility="collapsed",
        )
    keep_pictures(PAGE, view, PICTURES)
    if view == "Lines":
        token_lines(weights, mask, queries=queries, keys=keys, title=title, key="token_lines")
        return
    defaults = _take_cell_from_url(weights, _telling_query(choice.model, queries.ids) + 1)
    pinned = st.session_state["query"] - 1, st.session_state["key"] - 1
    head_map(
        weights,
        attention.scores[choice.head],
        mask,
        queries=queries,
        keys=keys,
        pinned=pinned,
        title=title,
        score=score_text(run.entry.config.scale_scores, relative=attention.position_bias.any()),
        key="head_map",
        on_pin=_pin,
        follows=("query", "key"),
    )
    with st.container(horizontal=True, gap="small"):
        _choose_position("query", queries.labels, defaults[0])
        _choose_position("key", keys.labels, defaults[1])
    st.caption(lesson(PAGE, "map"))
    _link_to_steps(*pinned)


def show_statistics(choice: Choice, run: Run) -> None:
    """The table of all heads, what its columns mean, and the NumPy that computed it."""
    st.subheader("Every head in numbers", anchor=False)
    st.caption(lesson(PAGE, "table"))
    n_keys = len(run.keys(choice.kind))
    functions = statistics.statistics_of(choice.kind)
    columns = [Column(*_words(f)[:3], statistics.upper_limit(f, n_keys)) for f in functions]
    head_table(
        run_statistics(choice),
        columns=columns,
        selected=(choice.layer, choice.head),
        key="head_table",
        on_select=partial(select_head, choice.kind),
    )
    _explain_statistics(choice.kind)


@st.fragment
def _explain_statistics(kind: str) -> None:
    """What the columns mean. Made once it was opened: the browser draws closed formulas and code too, each time."""
    words = st.expander("What the columns say, and the NumPy behind them", key="columns", on_change="rerun")
    if not (words.open or st.session_state.get(EXPLAINED)):
        return
    st.session_state[EXPLAINED] = True  # when it is opened again, nothing has to come
    with words:
        lines = [
            f"**{title}** ({unit}): {sentence}  The mean over the queries $i$ of ${formula}$."
            for title, unit, sentence, formula in map(_words, statistics.statistics_of(kind))
        ]
        st.markdown("\n\n".join([*lines, lesson(PAGE, "cross left out" if kind == "cross" else "self left out")]))
        st.code(_source(), language="python")


def _take_cell_from_url(weights: np.ndarray, query: int) -> tuple[int, int]:
    """Set the pinned cell, counted from 1 in the session and the URL, before its two select boxes are drawn.

    Returns what it is by default: ``query``, and the key that the chosen query looks at most.
    """
    n_queries, n_keys = weights.shape
    take_from_url("query", range(1, n_queries + 1), query)
    key = int(weights[st.session_state["query"] - 1].argmax()) + 1
    take_from_url("key", range(1, n_keys + 1), key)
    return query, key


def _choose_position(name: str, labels: tuple[str, ...], default: int) -> None:
    """A select box for one side of the pinned cell."""
    positions = range(1, len(labels) + 1)
    st.selectbox(
        f"{name.capitalize()} (of {len(labels)})", positions, key=name, format_func=lambda n: f"{n}  {labels[n - 1]}"
    )
    put_into_url(name, default)


def _link_to_steps(query: int, key: int) -> None:
    """The way to the page that computes the pinned cell, with the same model, texts, layer, head, query and key."""
    st.page_link(
        page_path("attention_steps"),
        label="See how this weight is computed, step by step",
        icon=":material/arrow_forward:",
        query_params={"query": str(query + 1), "key": str(key + 1)},  # the sidebar's are added by its widgets
    )


def _telling_query(model: str, ids: Sequence[int]) -> int:
    """A query worth looking at first: a gap if there is one, else the last token that is not an end mark."""
    if gaps := gaps_of(model, ids):
        return gaps[0]
    special = load(model).tokenizer.special_ids
    ends = ids[-1] in (special.get("[EOS]"), special.get("[SEP]")) and len(ids) > 1
    return len(ids) - (2 if ends else 1)


def _pin(query: int, key: int) -> None:
    st.session_state["query"], st.session_state["key"] = query + 1, key + 1


def _axis(tokens: Tokens) -> Axis:
    return Axis(tokens.labels, tokens.ids)


def _words(function) -> list[str]:
    """Title, unit, sentence and formula of a statistic, from the lesson."""
    return lesson(PAGE, function.__name__).split("\n")


@cache
def _source() -> str:
    return inspect.getsource(statistics)
