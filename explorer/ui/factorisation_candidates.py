"""The view "Candidates": texts scored side by side. Which one does the model believe in, and where do they part?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis.comparison import common_start, relative_belief, running_lead
from explorer.analysis.predictions import largest
from explorer.components.aligned_tokens import AlignedText, AlignedToken, aligned_tokens
from explorer.components.number_table import Column, number_table
from explorer.ui.cache import load
from explorer.ui.candidate_examples import examples_for
from explorer.ui.compared import Candidate, compare, filled, own_line
from explorer.ui.gaps import gaps_of, mask_of
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.run import Run

WORDS = "factorisation_views"
LINES, DEFAULT = "candidates", "_candidates_default"
WIDTH = 5  # of the beam behind the second button
WHAT = {"fillings": "Fillings of the gaps", "sentences": "Whole sentences"}


def show_candidates(choice: Choice, run: Run) -> None:
    """Draw the text area, the table of what each line got, and the tokens aligned."""
    architecture = run.entry.config.architecture
    st.markdown(lesson(WORDS, f"candidates {architecture}"))
    fillings = architecture == "encoder" and _choose_fillings(choice)
    ends = architecture == "decoder" and _choose_end(choice)
    _set_default(choice, run, fillings)
    _offer_own_texts(choice, run, fillings)
    label = f"Fillings of “{choice.text}”" if fillings else "Candidates"
    lines = st.text_area(
        literal(label),
        st.session_state[DEFAULT],
        key=LINES,
        bind="query-params",
        height=125,
        placeholder="One candidate per line",
        help=lesson(WORDS, "candidates lines"),
    )
    found = compare(choice, run, lines or "", ends=ends, fillings=fillings)
    for problem in found.problems:
        st.warning(literal(problem), icon=":material/edit:")
    if not found.candidates:
        st.info(lesson(WORDS, "candidates none"))
        return
    _show_table(found.candidates, is_bert=architecture == "encoder")
    _show_tokens(found.candidates)
    sections = ["parts", "lengths"] if len(found.candidates) > 1 else ["lengths"]
    if architecture == "encoder":
        sections.append("pseudo")
    st.caption("  \n".join(lesson(WORDS, f"candidates {section}") for section in sections))


def _choose_fillings(choice: Choice) -> bool:
    """Whether the lines fill the text's gaps; only asked where it has any."""
    if mask_of(choice.model) not in choice.text:
        return False
    take_from_url("compare", tuple(WHAT), "fillings")
    st.segmented_control(
        "Compare", tuple(WHAT), key="compare", required=True, format_func=WHAT.get, label_visibility="collapsed"
    )
    put_into_url("compare", "fillings")
    return st.session_state["compare"] == "fillings"


def _choose_end(choice: Choice) -> bool:
    """Whether each continuation ends where its line does; only asked where the vocabulary has an end."""
    if "[EOS]" not in load(choice.model).tokenizer.special_ids:
        return False
    return st.toggle("Each candidate ends there: its [EOS] is a factor too", key="ends", bind="query-params")


def _set_default(choice: Choice, run: Run, fillings: bool) -> None:
    """What stands in the text area before anything is typed: examples, else what the model says itself.

    What the visitor left as it was gives way to the default of a new text.
    """
    state, is_bert = st.session_state, run.entry.config.architecture == "encoder"
    if is_bert and mask_of(choice.model) not in choice.text:
        lines = [choice.text]
    else:
        given = choice.source if run.entry.config.has_cross_attention else choice.text
        lines = examples_for(choice.model, given) or _of_its_own(choice, run)
        if is_bert and not fillings:
            lines = _sentences(choice.text, lines, mask_of(choice.model))
    default = "\n".join(lines)
    if state.get(LINES) is not None and state[LINES] == state.get(DEFAULT):
        state[LINES] = default
    state[DEFAULT] = default


def _sentences(text: str, lines: Sequence[str], mask: str) -> list[str]:
    """The whole sentences that fillings make; a filling that has the sign between two gaps in it makes none."""
    from explorer.model.reading import InputError

    found = []
    for line in lines:
        with suppress(InputError):
            found.append(filled(text, line, mask))
    return found


def _of_its_own(choice: Choice, run: Run) -> list[str]:
    """What the model says itself and the same without its end, or the two likeliest fillings of one gap."""
    own = own_line(choice, run)
    if not run.entry.config.has_decoder:
        gaps, decode = gaps_of(choice.model, run.tokens.ids), load(choice.model).tokenizer.decode
        if len(gaps) != 1:
            return [own]
        likely = largest(run.trace.logits[gaps[0]], 2).tolist()
        return [line for line in (decode([token]).strip() for token in likely) if line]
    if not own and run.source is not None:
        own = " ".join(choice.source.split())
    shorter = own.rpartition(" ")[0].rstrip() or own[: len(own) // 2]
    return [line for line in (own, shorter) if line]


def _offer_own_texts(choice: Choice, run: Run, fillings: bool) -> None:
    """Buttons that put what the model says itself into the first line."""
    architecture = run.entry.config.architecture
    if architecture == "encoder" and not fillings:
        return
    words = (
        {1: "the likeliest filling"} if fillings else {1: "its greedy text", WIDTH: f"its best of a beam of {WIDTH}"}
    )
    with st.container(horizontal=True, gap="small"):
        for width, what in words.items():
            if st.button(f"Add {what}", key=f"_own_{width}"):  # no callback: it may have to wait in line
                _add(choice, run, width)


def _add(choice: Choice, run: Run, width: int) -> None:
    """Put the model's own line first, if it is not among the lines."""
    own, state = own_line(choice, run, width), st.session_state
    lines = [line for line in (state.get(LINES) or "").splitlines() if line.strip() and line.strip() != own]
    state[LINES] = "\n".join([own, *lines] if own else lines)


def _show_table(candidates: tuple[Candidate, ...], is_bert: bool) -> None:
    belief = relative_belief([each.factors.total_log_p for each in candidates])
    columns = [
        Column("line", "count"),
        Column("candidate", "text"),
        Column("belief among these", "share"),
        Column("PLL" if is_bert else "log p"),
        Column("exp(PLL)" if is_bert else "p", "log"),
        Column("pseudo-perplexity" if is_bert else "perplexity"),
        Column("bits per token"),
        Column("tokens", "count"),
    ]
    rows = []
    for each, share in zip(candidates, belief, strict=True):
        factors = each.factors
        total = factors.total_log_p
        numbers = (float(share), total, total, factors.perplexity, factors.bits_per_token, len(factors))
        rows.append((each.line, each.text, *numbers))
    number_table(
        columns,
        rows,
        key="candidate_table",
        title="What the model gives each candidate",
        marked=[int(belief.argmax())] if len(rows) > 1 else [],
    )


def _show_tokens(candidates: tuple[Candidate, ...]) -> None:
    best = max(candidates, key=lambda each: each.factors.total_log_p)
    texts = []
    for each in candidates:
        lead = running_lead(each.factors, best.factors)
        tokens = zip(each.labels, each.factors.ids, each.factors.p, lead, strict=True)
        aligned = tuple(AlignedToken(label, token, float(p), float(ahead)) for label, token, p, ahead in tokens)
        common = None if each is best else common_start([each.factors.ids, best.factors.ids])
        texts.append(AlignedText(f"line {each.line}", aligned, each is best, common))
    aligned_tokens(texts, key="candidate_tokens", title="The tokens of each candidate, aligned")
