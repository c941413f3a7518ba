"""The view "A distribution?": the probabilities of all texts of a tiny model, added up, and its most probable one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis.provenance import tex
from explorer.analysis.total_mass import longest_within
from explorer.components.number_table import Column, number_table
from explorer.components.plotly_chart import plotly_chart
from explorer.figures.probability_mass import probability_mass, sum_of_products
from explorer.limits import ENUMERATED_TEXTS
from explorer.ui.cache import catalogue, load
from explorer.ui.controls import select_model
from explorer.ui.disagreement import show_disagreement
from explorer.ui.enumerated import Enumerated, Products, add_products, enumerate_texts, sizes
from explorer.ui.going_on import run_again
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal
from explorer.ui.palette import current_palette
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.run import Run

WORDS = "factorisation_views"
TINY = 20  # tokens: the largest vocabulary whose texts can be looked at one by one
DEFAULT = 4  # tokens
READABLE = 60  # digits: a longer number is counted, not written
SLOW = 50_000  # texts: up to so many are looked at at once
REACHED = "_reached"  # session key: what is being added up, and how far it has come


def show_distribution(choice: Choice, run: Run) -> None:
    """Draw the sum over all texts where they can be counted, else how many they are and the way to a toy."""
    architecture = run.entry.config.architecture
    st.markdown(lesson(WORDS, f"distribution {'bert' if architecture == 'encoder' else 'model'}"))
    if run.entry.config.vocab_size > TINY:
        _count_only(run)
        return
    if architecture != "encoder" and "[EOS]" not in load(choice.model).tokenizer.special_ids:
        st.info(lesson(WORDS, "distribution no end"))
        return
    _show_sum(choice, run)
    if architecture != "encoder":
        show_disagreement(choice, run)


def _count_only(run: Run) -> None:
    """V^n, written out, and a toy of the same kind by one click."""
    vocab_size, n = run.entry.config.vocab_size, len(run.tokens)
    digits = math.floor(n * math.log10(vocab_size)) + 1
    written = f"{vocab_size**n:,}" if digits <= READABLE else f"a number of {digits:,} digits"
    st.markdown(
        f"This model has a vocabulary of {vocab_size:,} tokens. There are ${vocab_size}^{{{n}}}$ texts of {n} tokens, "
        f"as many as the text here has: **{written}**. {lesson(WORDS, 'distribution too many')}"
    )
    toys = [
        entry.name
        for entry in catalogue()[0].values()
        if entry.config.vocab_size <= TINY and entry.config.architecture == run.entry.config.architecture
    ]
    if toys:
        st.button(f"Take {literal(toys[0])}", key="take_toy", type="primary", on_click=_take_toy, args=(toys[0],))
    else:
        st.info("There is no model of this kind with so small a vocabulary.")


def _take_toy(name: str) -> None:
    """Choose the toy, with its first example: it knows a few words only, and hardly those of the text at hand."""
    select_model(name)
    entry = catalogue()[0][name]
    pair = entry.config.has_cross_attention
    st.session_state["source" if pair else "text"] = entry.about.examples[0].text
    if pair:
        st.session_state["target"] = ""


@st.fragment
def _show_sum(choice: Choice, run: Run) -> None:
    """The longest text, then the sum for each length up to it."""
    is_bert = not run.entry.config.has_decoder
    from_nothing = False
    if not is_bert and not run.source:
        from_nothing = st.toggle(
            "From nothing: after [BOS] alone, not after the text in the sidebar", key="nothing", bind="query-params"
        )
    counts = sizes(run, from_nothing)
    longest = _choose_longest(counts)
    _say_how_many(run.entry.config.vocab_size, counts, longest, is_bert)
    n = _reached(choice, from_nothing, counts, longest)
    if n < longest:
        _show_progress(counts, n, longest)
    if is_bert:
        _show_products(add_products(choice, n))
    else:
        _show_masses(enumerate_texts(choice, run, n, from_nothing))
    if n < longest:
        st.session_state[REACHED] = st.session_state[REACHED][0], n + 1
        run_again()


def _choose_longest(counts: list[int]) -> int:
    lengths = range(1, max(1, longest_within(counts, ENUMERATED_TEXTS)) + 1)
    default = min(DEFAULT, lengths[-1])
    take_from_url("longest", lengths, default)
    st.segmented_control("All texts of up to n tokens: n =", lengths, key="longest", required=True)
    put_into_url("longest", default)
    return st.session_state["longest"]


def _say_how_many(vocab_size: int, counts: list[int], longest: int, is_bert: bool) -> None:
    """What is about to be looked at, and what would be too much."""
    base = f"{vocab_size}" if is_bert else f"({vocab_size} - 1)"
    which = "" if is_bert else " that can go on, and all that have ended"
    words = f"${base}^{{{longest}}} = {counts[longest - 1]:,}$ texts of {longest} tokens{which}."
    possible = longest_within(counts, ENUMERATED_TEXTS)
    if possible < len(counts):
        words += f" With n = {possible + 1} they would be {counts[possible]:,}; "
        words += f"at most {ENUMERATED_TEXTS:,} are looked at here."
    elif not is_bert:
        words += f" After what it has read, the model has room for {len(counts)} tokens."
    st.caption(words)


def _reached(choice: Choice, from_nothing: bool, counts: list[int], longest: int) -> int:
    """How long the texts are that are looked at in this run: slow lengths come one by one, each in a run of its own."""
    job = (choice.model, choice.source, choice.text, from_nothing)
    fast = max(1, longest_within(counts, SLOW))
    before, n = st.session_state.get(REACHED, (None, fast))
    if before != job:
        n = fast
    st.session_state[REACHED] = job, n
    return min(n, longest)


def _show_progress(counts: list[int], n: int, longest: int) -> None:
    """What has been looked at and what comes next; Stop is content with what there is."""

    def stop() -> None:
        st.session_state["longest"] = n

    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(sum(counts[:n]) / sum(counts[:longest]), f"Next: the {counts[n]:,} texts of {n + 1} tokens")
        st.button("Stop", key="_stop_sum", on_click=stop)


def _show_masses(found: Enumerated) -> None:
    last = found.masses[-1]
    st.markdown(
        f"Ended within {last.length} tokens: ${tex(last.ended_before + last.ends_here)}$. Not yet ended: "
        f"${tex(last.going_on)}$. Together **{last.total:.12f}**, which is ${tex(last.off)}$ from 1."
    )
    left, right = st.columns(2, gap="medium")
    with left:
        parts = "; ".join(
            f"n = {mass.length}: {tex(mass.ended_before)}, {tex(mass.ends_here)}, {tex(mass.going_on)}"
            for mass in found.masses
        )
        alt = f"The probability that has ended before, ends with token n, and has not yet ended. {parts}."
        plotly_chart(probability_mass(found.masses, palette=current_palette()), key="mass", alt=alt)
    with right:
        _list_best([(text.words, text.log_p, text.log_p) for text in found.best], "p", "log p")
    columns = [
        Column("n", "count"),
        Column("texts that end there", "count"),
        Column("texts that go on", "count"),
        Column("ended before"),
        Column("ends with token n"),
        Column("not yet ended"),
        Column("sum", digits=12),
        Column("sum − 1"),
    ]
    rows = [
        (m.length, m.n_ending, m.n_going_on, m.ended_before, m.ends_here, m.going_on, m.total, m.off)
        for m in found.masses
    ]
    number_table(columns, rows, key="mass_table", title="The probability of all texts, by length")
    st.caption(lesson(WORDS, "distribution sum"))


def _show_products(found: Products) -> None:
    n, total = max(found.sums), found.sums[max(found.sums)]
    st.markdown(
        f"The products of all texts of {n} token{'s' * (n > 1)} add up to **{total:.12g}**, which is "
        f"${tex(total - 1)}$ from 1."
    )
    left, right = st.columns(2, gap="medium")
    with left:
        sums = "; ".join(f"n = {length}: {value:.6g}" for length, value in found.sums.items())
        figure = sum_of_products(found.sums, palette=current_palette())
        plotly_chart(
            figure, key="products", alt=f"Sum of the products of all texts of n tokens, and a line at 1. {sums}."
        )
    with right:
        _list_best([(text.words, text.log_p, text.log_p) for text in found.best], "product", "log of it")
    columns = [Column("n", "count"), Column("sum of the products", digits=12), Column("sum − 1")]
    rows = [(length, value, value - 1) for length, value in found.sums.items()]
    number_table(columns, rows, key="product_table", title="The sum of a BERT's products, by length")
    st.caption(lesson(WORDS, "distribution product"))


def _list_best(rows: list[tuple[str, float, float]], p: str, log_p: str) -> None:
    columns = [Column("the most probable texts" if p == "p" else "the largest products", "text")]
    columns += [Column(p, "log"), Column(log_p)]
    number_table(columns, rows, key="best_texts", title=f"The {len(rows)} largest of all, with {p} and {log_p}")
