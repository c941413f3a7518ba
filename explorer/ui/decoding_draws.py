"""Many draws on the decoding page: texts are drawn batch by batch, and their frequencies approach the probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis.draws import most_frequent
from explorer.components.plotly_chart import plotly_chart
from explorer.figures.draw_frequencies import Outcome, draw_frequencies, inside_band
from explorer.figures.style import significant
from explorer.limits import DRAWS
from explorer.ui.cache import load, run_key
from explorer.ui.decoded import Ids, Start, after_filters, draw_batch, has_batch, logits_along, scores_of
from explorer.ui.decoding_controls import (
    PAGE,
    choose_count,
    choose_filters,
    choose_length,
    choose_seed,
    one_line,
    text_of,
)
from explorer.ui.going_on import run_again
from explorer.ui.lessons import lesson
from explorer.ui.palette import current_palette
from explorer.ui.session import Choice
from explorer.ui.url import choose_in_url

if TYPE_CHECKING:
    from explorer.model.filters import Filters
    from explorer.model.run import Run

BATCH = 20  # drawn at once: between two batches it can be stopped
FEW, LARGE = 4, 20_000_000  # so many at once by a model with more parameters than this: it takes seconds
LISTED = 10  # texts in the table
PLOTTED = 24  # texts in the picture
DRAWING = "_drawing"  # session key: what is being drawn, batch after batch
OUTCOMES = {"first": "first tokens", "texts": "whole texts"}
AXES = {"log": "logarithmic", "linear": "linear"}


def show_draws(choice: Choice, run: Run, start: Start) -> None:
    """The controls, the draws so far, and the next batch while it is drawing."""
    filters = choose_filters(run.entry.config.vocab_size)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        seed = choose_seed()
        n = choose_count("Draws", "n", 1, DRAWS, DRAWS)
        length = choose_length(start)
    batch = FEW if run.entry.about.n_parameters > LARGE else BATCH  # a text is the same, whatever is drawn beside it
    batches = [range(first, first + batch) for first in range(0, n, batch)]
    job = (*run_key(choice), filters, seed, length, n)
    ready = 0
    while ready < len(batches) and has_batch(choice, filters, seed, length, batches[ready]):
        ready += 1
    drawing = st.session_state.get(DRAWING) == job
    if ready == 0 or (drawing and ready < len(batches)):
        draw_batch(choice, start, filters, seed, length, batches[ready])
        ready += 1
    goes_on = drawing and ready < len(batches)
    drawn = [draw_batch(choice, start, filters, seed, length, batch) for batch in batches[:ready]]
    texts = [text for batch in drawn for text in batch][:n]
    _show_progress(len(texts), n, goes_on, job)
    _show_picture(choice, start, filters, texts)
    _show_texts(choice, start, filters, texts)
    if goes_on:
        run_again()


def _show_progress(n_drawn: int, n: int, goes_on: bool, job: tuple) -> None:
    """How many there are, and the button that starts or stops the others."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if goes_on:
            st.button("Stop", key="stop", on_click=_set_drawing, args=(None,), type="primary")
        else:
            label = f"Draw the other {n - n_drawn}" if n_drawn < n else "All drawn"
            st.button(label, key="draw", on_click=_set_drawing, args=(job,), type="primary", disabled=n_drawn == n)
        st.progress(n_drawn / n, text=f"{n_drawn} of {n} drawn")


def _set_drawing(job: tuple | None) -> None:
    st.session_state[DRAWING] = job


def _show_picture(choice: Choice, start: Start, filters: Filters, texts: Sequence[Ids]) -> None:
    """Frequencies against probabilities."""
    picture, words = st.columns([3, 2], gap="medium")
    with words:
        outcome, axes = choose_in_url("outcomes", OUTCOMES, "Outcomes"), choose_in_url("axes", AXES, "Axes")
    n = len(texts)
    find = {"first": _first_tokens, "texts": _whole_texts}[outcome]
    outcomes = find(choice, start, filters, texts)
    if not outcomes:
        picture.info(lesson(PAGE, "no repeats"))
        return
    with picture:
        p = "probability after the filters"
        figure = draw_frequencies(outcomes, n, log=axes == "log", x_title=p, palette=current_palette())
        alt = f"Frequencies of {len(outcomes)} {OUTCOMES[outcome]} in {n} draws against their probabilities."
        plotly_chart(figure, key="draw_frequencies", alt=alt)
    with words:
        inside, unseen = inside_band(outcomes, n), sum(each.count == 0 for each in outcomes)
        gap = max(abs(each.count / n - each.p) for each in outcomes)
        st.markdown(
            f"**{inside} of {len(outcomes)}** {'lies' if inside == 1 else 'lie'} in the band; the largest gap between "
            f"frequency and probability is **{significant(gap)}**. {lesson(PAGE, f'plot {outcome}')}"
        )
        if unseen and axes == "log":
            st.caption(f"{unseen} that never came have no place on logarithmic axes.")
        repeated = len(_repeated(texts))
        if outcome == "texts" and repeated > PLOTTED:
            st.caption(f"Shown are the {PLOTTED} most frequent of the {repeated} texts that came at least twice.")


def _first_tokens(choice: Choice, start: Start, filters: Filters, texts: Sequence[Ids]) -> list[Outcome]:
    """Every first token that came, and every one that could be expected to come."""
    tokenizer = load(choice.model).tokenizer
    p = after_filters(logits_along(choice, start, ())[0], start.prefix, filters, start.suppressed)[-1].p
    counts = dict(most_frequent(text[0] for text in texts))
    expected = [int(token) for token in (p >= 1 / len(texts)).nonzero()[0] if token not in counts]
    ids = [*counts, *expected]
    return [Outcome(tokenizer.label(token), counts.get(token, 0), float(p[token])) for token in ids]


def _repeated(texts: Sequence[Ids]) -> list[tuple[Ids, int]]:
    """The texts that came at least twice, with their counts, the most frequent first."""
    return [(text, count) for text, count in most_frequent(texts) if count > 1]


def _whole_texts(choice: Choice, start: Start, filters: Filters, texts: Sequence[Ids]) -> list[Outcome]:
    """The texts that came at least twice, as far as there is room for them."""
    tokenizer = load(choice.model).tokenizer
    often = _repeated(texts)[:PLOTTED]
    scores = scores_of(choice, start, filters, [text for text, _ in often])
    return [
        Outcome(one_line(tokenizer, text), count, exp(score.filtered))
        for (text, count), score in zip(often, scores, strict=True)
    ]


def _show_texts(choice: Choice, start: Start, filters: Filters, texts: Sequence[Ids]) -> None:
    """The most frequent texts."""
    tokenizer = load(choice.model).tokenizer
    frequent = most_frequent(texts)
    shown = frequent[:LISTED]
    scores = scores_of(choice, start, filters, [text for text, _ in shown])
    lines = ["| text | count | frequency | $p$ after the filters | $p$ of the model |", "|---|--:|--:|--:|--:|"]
    for (text, count), score in zip(shown, scores, strict=True):
        probabilities = f"{significant(exp(score.filtered))} | {significant(exp(score.model))}"
        words = text_of(tokenizer, text, text[-1] == start.end)
        lines.append(f"| {words} | {count} | {significant(count / len(texts))} | {probabilities} |")
    st.subheader("The most frequent texts", anchor=False)
    st.container(key="table_texts").markdown("\n".join(lines))
    left = len(frequent) - len(shown)
    cut = f"The {len(shown)} most frequent of {len(frequent)} different texts. " if left else ""
    st.caption(f"{cut}{lesson(PAGE, 'texts')}")
