"""The view "What is x̄?": one source through full attention and through one vector, factor by factor and by length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis.provenance import tex
from explorer.components.number_table import Column, number_table
from explorer.components.plotly_chart import plotly_chart
from explorer.figures.bleu_by_length import bleu_by_length
from explorer.figures.style import significant
from explorer.model.catalogue import CheckpointError, Entry
from explorer.model.measured import EVALUATION_FILE, ByLength, read_by_length
from explorer.model.one_vector import first_pair, one_vector_pair
from explorer.ui.cache import catalogue, is_added
from explorer.ui.controls import select_model
from explorer.ui.factor_pairs import factor_pairs
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal, token_name
from explorer.ui.palette import current_palette
from explorer.ui.session import Choice
from explorer.ui.two_models import SideBySide, side_by_side

if TYPE_CHECKING:
    from explorer.model.run import Run

WORDS = "factorisation_views"
FACTORS = "vector_factors"  # a component's key
NAMES = ("all of the source", "one vector x̄")


def show_vector(choice: Choice, run: Run) -> None:
    """Draw the comparison for the pair that the chosen model belongs to; without one, say so and offer the first."""
    models = catalogue()[0]
    st.markdown(lesson(WORDS, "vector"))
    pair = one_vector_pair(choice.model, models)
    if not pair:
        _offer_pair(choice.model, first_pair(models))
        if choice.model in models and models[choice.model].trained:
            _show_curve([choice.model], (choice.model,))
        return
    found = side_by_side(choice, run, pair)
    if found is None:
        one, other = map(literal, pair)
        st.info(f"{one} and {other} have different vocabularies: their factors cannot be compared.")
    else:
        _show_factors(choice, run, pair, found)
        _show_written(found)
    _show_curve(list(pair), NAMES)


def _offer_pair(model: str, pair: tuple[str, str] | None) -> None:
    st.info(
        f"There is no one-vector twin of {literal(model)}, so there is nothing to compare it with, factor by factor."
    )
    if pair:
        words = f"Compare {literal(pair[0])} with its twin"
        st.button(words, key="choose_pair", on_click=select_model, args=(pair[0],))


def _show_factors(choice: Choice, run: Run, pair: tuple[str, str], found: SideBySide) -> None:
    full, narrow = found.factors
    title = "Each factor with attention over all of the source, and with one vector"
    options = {"heads": NAMES, "key": FACTORS, "title": title, "signed": True, "logs": True}
    factor_pairs(found.labels, full, narrow, **options)
    with st.container(key="vector_words"):  # beside it: factorisation.css
        whose = f"what {literal(choice.model)} writes itself" if run.written else "the target text in the sidebar"
        lost = full.log_p - narrow.log_p
        worst = int(lost.argmax())
        st.markdown(
            f"The same $y$ ({whose}), scored by **{literal(pair[0])}**, whose decoder looks at all {len(run.source)} "
            f"vectors of the source, and by **{literal(pair[1])}**, whose decoder has their mean alone:"
        )
        st.markdown(lesson(WORDS, "vector formula"))
        better = "all of the source" if full.total_log_p >= narrow.total_log_p else "one vector"
        loses = f"One vector loses most at token {worst + 1}, {token_name(found.labels[worst])}."
        st.markdown(
            f"$\\log p(y \\mid x)$ is ${tex(full.total_log_p)}$ with all of the source and "
            f"${tex(narrow.total_log_p)}$ with one vector: {better} believes more in this text. "
            + (loses if lost[worst] > 0 else "")
        )
        st.caption(lesson(WORDS, "vector factors"))


def _show_written(found: SideBySide) -> None:
    """What each writes itself, and what both think of it."""
    st.subheader("What each of them writes", anchor=False)
    columns = [
        Column("the decoder sees", "text"),
        Column("its own translation (greedy)", "text"),
        *(Column(f"log p, {name}") for name in NAMES),
    ]
    rows = [
        (name, each.text + ("" if each.finished else " … (stopped: no end in sight)"), *each.log_p)
        for name, each in zip(NAMES, found.written, strict=True)
    ]
    number_table(columns, rows, key="vector_written", title="What each of the two models writes, scored by both")


def _show_curve(names: list[str], called: tuple[str, ...]) -> None:
    """BLEU against the length of the source, as measured when the models were evaluated."""
    st.subheader("Quality against the length of the source", anchor=False)
    models, curves, tables = catalogue()[0], {}, []
    for name, words in zip(names, called, strict=True):
        try:
            tables.append(_chosen_table(models[name]))
        except CheckpointError as error:
            st.info(literal(str(error)))
        else:
            curves[words] = tables[-1].buckets
    if not curves:
        return
    first = tables[0]
    if any((table.split, table.beam) != (first.split, first.beam) for table in tables):
        st.info("The models were measured on different sentences or with different beams: their curves are not drawn.")
        return
    ends = [
        f"{words}: BLEU {significant(buckets[0].bleu)} for the shortest sources, {significant(buckets[-1].bleu)} for "
        "the longest"
        for words, buckets in curves.items()
    ]
    plotly_chart(
        bleu_by_length(curves, split=first.split, palette=current_palette()),
        key="bleu_by_length",
        alt=f"BLEU on {first.split} by the words in the source. {'; '.join(ends)}.",
    )
    n_sentences = sum(bucket.sentences for bucket in first.buckets)
    st.caption(
        f"Measured on {n_sentences:,} sentences of {literal(first.split)} that no model was trained on, "
        f"beam {first.beam}, {literal(first.metric)}. {'; '.join(ends)}. {lesson(WORDS, 'vector curve')}"
    )


def _chosen_table(entry: Entry) -> ByLength:
    """The first table of the model's evaluation; CheckpointError where there is none."""
    if is_added(entry) or not (entry.folder / EVALUATION_FILE).is_file():
        raise CheckpointError(
            f"How the quality of {entry.name} depends on the length of the source was not measured: its BLEU by length "
            "is known for those of the explorer's own translators that were evaluated so."
        )
    tables = read_by_length(entry.folder)
    if not tables:
        raise CheckpointError(f"{entry.name} has no figures by length: its evaluation.json lists none.")
    return tables[0]
