"""A search, live, for a text after which greedy decoding, beam search and the true argmax are three different texts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis.factorisation import factorise
from explorer.components.number_table import Column, number_table
from explorer.limits import SEARCHED_WORDS
from explorer.ui.cache import load
from explorer.ui.going_on import run_again
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal
from explorer.ui.queue import place
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.beam import Hypothesis
    from explorer.model.checkpoint import Checkpoint
    from explorer.model.disagreement import Attempt
    from explorer.model.run import Run

WORDS = "factorisation_views"
WIDTHS = (2, 3, 4, 5)
SLICE = 0.4  # seconds of searching before a click on Stop is listened for


@dataclass
class Search:
    """How far this visitor's search has come; kept in the session, so that it can be stopped and gone on with."""

    what: tuple  # the model and the width: another one is another search
    total: int
    done: int = 0
    greedy_misses: int = 0
    beam_misses: int = 0
    found: Attempt | None = None
    running: bool = False


@st.fragment
def show_disagreement(choice: Choice, run: Run) -> None:
    """Draw the button that searches, how far it has come, and the example that it found."""
    st.subheader("Greedy, beam and the most probable text", anchor=False)
    st.markdown(lesson(WORDS, "disagreement"))
    checkpoint = load(choice.model)
    take_from_url("width", WIDTHS, WIDTHS[0])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.segmented_control("Beam width", WIDTHS, key="width", required=True, width="content")
        put_into_url("width", WIDTHS[0])
        search = _current(checkpoint, st.session_state["width"])
        _draw_button(search)
        if search.running:
            st.progress(search.done / search.total, f"{search.done:,} of {search.total:,} searched")
    if search.running:
        with place():  # one for each slice; between two, others have their turn
            _go_on(checkpoint, search)
        run_again()
    if search.done:
        _show_outcome(checkpoint, run, search)


def _draw_button(search: Search) -> None:
    def set_running(running: bool) -> None:
        search.running = running

    if search.running:
        st.button("Stop", key="_stop_search", on_click=set_running, args=(False,))
    else:
        label = "Search on" if search.done else "Search for an example"
        is_over = search.done == search.total
        st.button(label, key="_search", type="primary", on_click=set_running, args=(True,), disabled=is_over)


def _current(checkpoint: Checkpoint, width: int) -> Search:
    """The search of this session, or a new one where the model or the width has changed."""
    from explorer.model.disagreement import count_short_texts

    what = (checkpoint.entry.name, str(checkpoint.entry.folder), width)
    search = st.session_state.get("_disagreement")
    if search is None or search.what != what:
        total = count_short_texts(len(_words(checkpoint)), SEARCHED_WORDS, _shortest(checkpoint))
        search = st.session_state["_disagreement"] = Search(what, total)
    return search


def _words(checkpoint: Checkpoint) -> list[int]:
    special = set(checkpoint.tokenizer.special_ids.values())
    return [token for token in range(checkpoint.tokenizer.vocab_size) if token not in special]


def _shortest(checkpoint: Checkpoint) -> int:
    """A prompt may be empty; a source may not."""
    return 1 if checkpoint.entry.config.has_cross_attention else 0


def _go_on(checkpoint: Checkpoint, search: Search) -> None:
    """Try one text after the other, until an example is found or it is time to listen for a click on Stop."""
    from explorer.model.disagreement import attempts, short_texts

    texts = islice(short_texts(_words(checkpoint), SEARCHED_WORDS, _shortest(checkpoint)), search.done, None)
    start, end = (checkpoint.tokenizer.id_of(name) for name in ("[BOS]", "[EOS]"))
    search.found, began = None, time.monotonic()
    for attempt in attempts(checkpoint.model, texts, start=start, end=end, width=search.what[-1]):
        search.done += 1
        search.greedy_misses += attempt.greedy_misses
        search.beam_misses += attempt.beam_misses
        if attempt.all_differ:
            search.found = attempt
        if search.found or search.done == search.total:
            search.running = False
            return
        if time.monotonic() - began > SLICE:
            return


def _show_outcome(checkpoint: Checkpoint, run: Run, search: Search) -> None:
    what = "sources" if run.source else "prompts"
    st.markdown(
        f"Searched: {search.done:,} of the {search.total:,} {what} of up to {SEARCHED_WORDS} words, in order. "
        f"Greedy decoding missed the most probable text for {search.greedy_misses:,} of them, "
        f"the beam of {search.what[-1]} for {search.beam_misses:,}."
        + (f" {lesson(WORDS, 'disagreement beam')}" if search.beam_misses > search.greedy_misses else "")
    )
    if search.found:
        _show_example(checkpoint, run, search.found, search.what[-1])
    elif search.done == search.total:
        st.info(f"There is none among these {search.total:,} {what} for which all three differ.")


def _show_example(checkpoint: Checkpoint, run: Run, found: Attempt, width: int) -> None:
    given = " ".join(checkpoint.tokenizer.labels(found.given)) or "nothing (the model has read [BOS] alone)"
    st.markdown(f"**{'For the source' if run.source else 'After'}:** {literal(given)}")
    ways = {"greedy": found.greedy, f"beam of {width}": found.beam, "the most probable of all": found.best}
    rows = []
    for name, hypothesis in ways.items():
        factors = _rescored(checkpoint, found, hypothesis)
        words = " ".join(checkpoint.tokenizer.labels(hypothesis.ids))
        rows.append((name, words, factors.total_log_p, factors.total_log_p, len(factors)))
    columns = [Column("way", "text"), Column("text", "text"), Column("p", "log"), Column("log p")]
    number_table(
        [*columns, Column("tokens", "count")],
        rows,
        key="disagreement",
        title="The three texts and their probabilities",
        marked=[2],
    )
    st.caption(lesson(WORDS, "disagreement why"))


def _rescored(checkpoint: Checkpoint, found: Attempt, hypothesis: Hypothesis):
    """The factors of a text by teacher forcing: all three on the same footing, in one pass each."""
    from explorer.model.scoring import target_logits

    tokenizer, pair = checkpoint.tokenizer, checkpoint.entry.config.has_cross_attention
    start, end = tokenizer.id_of("[BOS]"), tokenizer.id_of("[EOS]")
    prefix = [start] if pair else [start, *found.given]
    sources = [[*found.given, end]] if pair else None
    (logits,) = target_logits(checkpoint.model, [prefix], [list(hypothesis.ids)], sources)
    return factorise(logits, hypothesis.ids)
