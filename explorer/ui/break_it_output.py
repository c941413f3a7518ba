"""What a changed model says, before beside after: the text it writes, the text's factors, the tokens it expects."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.comparison import largest_difference, running_lead
from explorer.analysis.factorisation import Factorisation
from explorer.components.aligned_tokens import AlignedText, AlignedToken, aligned_tokens
from explorer.components.number_table import Column, number_table
from explorer.components.token_bars import token_bars
from explorer.figures.style import significant
from explorer.model.intervention import NOTHING, Intervention
from explorer.ui.cache import load
from explorer.ui.changed_runs import changed_factors, changed_text, has_changed_text
from explorer.ui.gaps import gap_lesson, gap_names, gaps_of
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal
from explorer.ui.session import Choice
from explorer.ui.top_tokens import TOP, top_tokens
from explorer.ui.what_it_does import it_writes

if TYPE_CHECKING:
    from explorer.model.run import Run

PAGE = "break_it_effects"
SHORT = 24  # tokens that a BERT scores at once
TOTALS = {  # what the product and the sum of the logs are called; a BERT's product is no probability of anything
    "encoder-decoder": ("p(y | x)", "log p(y | x)"),
    "decoder": ("p(y)", "log p(y)"),
    "encoder": (None, "pseudo-log-likelihood"),
}
NO_MASK = ("product", "sum of the logs")  # of a decoder that reads what it should predict


def show_outcome(choice: Choice, run: Run, after: Run, change: Intervention) -> None:
    """How far the logits moved, what it writes now, the text's probability, and the tokens that it expects."""
    factors = both_factors(choice, run, change)
    st.markdown(_in_words(run, after, change, *factors))
    _show_written(choice, run, change)
    if None not in factors:
        _show_totals(*totals_of(run.entry.config.architecture, change), *factors)
    _show_tops(choice, run, after, *factors)


def _in_words(
    run: Run, after: Run, change: Intervention, before: Factorisation | None, now: Factorisation | None
) -> str:
    """One computed sentence."""
    if change == NOTHING:
        return lesson(PAGE, "nothing")
    if not run.entry.config.unembedding:
        moved = largest_difference(run.trace.encoder.output, after.trace.encoder.output)
        return f"The largest difference of any number of the last states is **{significant(moved)}**."
    moved = largest_difference(run.trace.logits, after.trace.logits)
    if moved == 0 and (before is None or before.total_log_p == now.total_log_p):
        return lesson(PAGE, "same bits")
    said = f"The largest difference of two logits is **{significant(moved)}**"
    if before is None or now is None:
        return f"{said}."
    drop = before.total_log_p - now.total_log_p
    what = f"the text's {totals_of(run.entry.config.architecture, change)[1]}"
    if drop == 0:
        return f"{said}, and {what} does not change: the difference is **exactly 0**."
    return f"{said}; {what} {'rises' if drop < 0 else 'falls'} by **{significant(abs(drop))}** nats."


def _show_written(choice: Choice, run: Run, change: Intervention) -> None:
    """A translation, or how a GPT goes on; a BERT writes nothing."""
    if run.entry.config.architecture == "encoder":
        return
    waiting = not (has_changed_text(choice, NOTHING) and has_changed_text(choice, change))
    with st.spinner(f"{literal(choice.model)} is writing.") if waiting else nullcontext():
        texts = [changed_text(choice, run, each) for each in (NOTHING, change)]
    what = it_writes(run.entry) if run.source is not None else "It goes on"
    for place, name, written in zip(st.columns(2), ("before", "after"), texts, strict=True):
        words = literal(written.text.replace("\n", "⏎")) or "(nothing)"
        stopped = "" if written.finished or run.source is None else " …"
        place.markdown(f"**{what}, {name}**  \n“{words}”{stopped}")
    same = "The same text, letter by letter. " if texts[0].text == texts[1].text else ""
    st.caption(f"{same}{lesson(PAGE, 'written' if run.source is not None else 'goes on')}")


def _show_tops(choice: Choice, run: Run, after: Run, before: Factorisation | None, now: Factorisation | None) -> None:
    """The most probable tokens, before and after, where the model is asked for one."""
    if not run.entry.config.unembedding:
        st.info(lesson(PAGE, "no logits"))
        return
    places = _asked(choice, run, before, now)
    if not places:
        st.info(gap_lesson(choice.model, "home", "no gap"))
        return
    st.markdown(f"**{lesson(PAGE, f'tops {run.entry.config.architecture}')}**")
    for place, passed, name in zip(st.columns(2, gap="large"), (run, after), ("before", "after"), strict=True):
        groups = [
            top_tokens(choice.model, f"{heading}, {name}", np.nan_to_num(passed.trace.logits[i]))
            for i, heading in places
        ]
        with place:
            token_bars(groups, key=f"break_tops_{name}")
    st.caption(f"The {min(TOP, run.entry.config.vocab_size)} most probable of {run.entry.config.vocab_size:,} tokens.")


def _asked(
    choice: Choice, run: Run, before: Factorisation | None, after: Factorisation | None
) -> list[tuple[int, str]]:
    """(row of the logits, heading): the gaps of a BERT, the end of a GPT's text, a translator's most changed factor."""
    labels = run.tokens.labels
    if run.entry.config.architecture == "decoder":
        return [(len(labels) - 1, "Next token")]
    if run.entry.config.architecture == "encoder":
        gaps = gaps_of(choice.model, run.tokens.ids)
        return list(zip(gaps, gap_names(choice.model, len(gaps)), strict=True))
    i = int(np.abs(np.nan_to_num(after.log_p) - before.log_p).argmax())
    return [(i, f"Token {i + 1}, after {labels[i]}")]


def show_factors(choice: Choice, run: Run, change: Intervention) -> None:
    """Each factor before and after, token under token, and what they come to."""
    architecture = run.entry.config.architecture
    if not run.entry.config.unembedding:
        return  # the sentence stands above
    before, after = both_factors(choice, run, change)
    if before is None or after is None:
        st.info(lesson(PAGE, "nothing to score"))
        return
    st.markdown(lesson(PAGE, f"factors {architecture}"))
    if change.no_mask:
        st.warning(lesson(PAGE, "no probability"), icon=":material/visibility:")
    labels = load(choice.model).tokenizer.labels(before.ids)
    texts = [_aligned(name, labels, each, before) for name, each in (("before", before), ("after", after))]
    aligned_tokens(texts, key="break_factors", title="Each factor before and after the change")
    st.caption(lesson(PAGE, "factors"))


def both_factors(choice: Choice, run: Run, change: Intervention) -> tuple[Factorisation | None, Factorisation | None]:
    """The factors without and with the change; a BERT takes its time, since it reads the text once for each token."""
    slow = run.entry.config.architecture == "encoder" and len(run.tokens) > SHORT
    with st.spinner(f"{literal(choice.model)} is scoring the text.") if slow else nullcontext():
        return changed_factors(choice, run, NOTHING), changed_factors(choice, run, change)


def totals_of(architecture: str, change: Intervention) -> tuple[str | None, str]:
    """What the product and the sum of the logs are called."""
    return NO_MASK if change.no_mask else TOTALS[architecture]


def _aligned(name: str, labels: list[str], factors: Factorisation, before: Factorisation) -> AlignedText:
    lead = running_lead(factors, before)
    tokens = zip(labels, factors.ids, np.nan_to_num(factors.p), lead, strict=True)
    cells = tuple(AlignedToken(label, token, float(p), float(ahead)) for label, token, p, ahead in tokens)
    return AlignedText(name, cells, is_best=name == "before", common=None)


def _show_totals(product: str | None, log: str, before: Factorisation, after: Factorisation) -> None:
    """The products, their logs, and the difference."""
    one, other = before.total_log_p, after.total_log_p
    products = ([one], [other], [other - one]) if product else ([], [], [])
    perplexities = before.perplexity, after.perplexity
    rows = [
        ("before", *products[0], one, perplexities[0]),
        ("after", *products[1], other, perplexities[1]),
        ("after less before" if product is None else "after / before", *products[2], other - one, None),
    ]
    middle = [Column(product, "log")] if product else []
    number_table(
        [Column("", "text"), *middle, Column(f"{log}, nats"), Column("perplexity" if product else "pseudo-perplexity")],
        rows,
        key="break_totals",
        title="The text's probability before and after the change",
        n_totals=1,
    )
