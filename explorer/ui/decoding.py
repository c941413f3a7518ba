"""The frame of the decoding page: where decoding begins, and which of its views is shown. Only that one is computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.model.config import TransformerConfig
from explorer.ui.cache import load
from explorer.ui.decoded import start_of
from explorer.ui.decoding_beam import show_beam
from explorer.ui.decoding_controls import PAGE, one_line
from explorer.ui.decoding_draws import show_draws
from explorer.ui.decoding_filters import show_filters
from explorer.ui.decoding_gaps import show_gap_filters, show_gaps
from explorer.ui.decoding_tokens import show_tokens
from explorer.ui.gaps import gap_lesson
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal, token_name
from explorer.ui.session import Choice
from explorer.ui.url import choose_in_url

if TYPE_CHECKING:
    from explorer.model.run import Run

STYLE = Path(__file__).with_name("decoding.css")
TITLES = {"filters": "Filters", "beam": "Beam", "draws": "Draw many", "tokens": "Token by token"}
SHOW: dict[str, Callable] = {
    "filters": show_filters,
    "beam": show_beam,
    "draws": show_draws,
    "tokens": show_tokens,
}
NAMED = 3  # of the tokens that decoding never writes
SHOW_GAPS: dict[str, Callable] = {"filters": show_gap_filters, "tokens": show_gaps}


def views_of(config: TransformerConfig) -> tuple[str, ...]:
    """The views that a model of this kind has, as the URL names them: a BERT has no text that grows."""
    return tuple(SHOW if config.has_decoder else SHOW_GAPS)


def choose_view(config: TransformerConfig) -> str:
    """Draw the row of views, and return the chosen one."""
    return choose_in_url("view", {view: TITLES[view] for view in views_of(config)}, "View")


def show_view(view: str, choice: Choice, run: Run) -> None:
    """Draw one view, under a sentence that says what is decoded."""
    if not run.entry.config.unembedding:
        st.info(lesson(PAGE, "no logits"))
        return
    if not run.entry.config.has_decoder:
        st.markdown(gap_lesson(choice.model, PAGE, "bert"))
        SHOW_GAPS[view](choice, run)
        return
    st.markdown(lesson(PAGE, view))
    start = start_of(choice, run)
    if run.source is not None and not run.written:
        begun = literal(one_line(load(choice.model).tokenizer, run.tokens.ids))
        st.caption(f"Every translation here begins with the target text that you typed, “{begun}”.")
    if start.suppressed:
        st.caption(_never_written(choice, start.suppressed))
    SHOW[view](choice, run, start)


def _never_written(choice: Choice, tokens: tuple[int, ...]) -> str:
    """Which tokens decoding leaves out, the first few by name."""
    labels = load(choice.model).tokenizer.labels(tokens[:NAMED])
    names = ", ".join(map(token_name, labels)) + (f" and {len(tokens) - NAMED:,} more" if len(tokens) > NAMED else "")
    return f"Decoding never writes {names}. {lesson(PAGE, 'never written')}"
