"""The ledger of the factorisation page: the text that is scored, the formula that fills in, and one row per factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.factorisation_formula import continuation_formula, product_formula, pseudo_formula
from explorer.components.factor_ledger import LedgerRow, Total, factor_ledger
from explorer.ui.alternative import current_alternative, forget_alternative, show_alternative
from explorer.ui.continuation import choose_continuation
from explorer.ui.factor import show_attention, show_distribution, show_numbers
from explorer.ui.gaps import gap_lesson
from explorer.ui.lessons import lesson
from explorer.ui.provenance import STYLE
from explorer.ui.scored import Scored, score
from explorer.ui.session import Choice
from explorer.ui.steps import formula_colours
from explorer.ui.url import choose_in_url, put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.run import Run

PAGE = "factorisation"
STEP = "factor"  # in the session and the URL: how many factors are multiplied; the last of them is open
UNITS = ("nats", "bits")
LOG_2 = float(np.log(2))


def show_ledger(choice: Choice, run: Run) -> None:
    """The whole view."""
    st.html(STYLE)
    st.markdown(lesson(PAGE, f"ledger {run.entry.config.architecture}"))
    scored = _score_chosen(choice, run)
    if scored is None:
        return
    step = _current_step(len(scored))
    formula = st.container(key="factors")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        st.caption(_origin(scored, run), width="content")
        bits = _choose_unit() == "bits"
    with formula:
        _show_formula(scored, step, _source_symbol(run), bits)
    factor_ledger(
        ledger_rows(scored, bits),
        key="factor_ledger",
        title=_title(scored),
        step=step,
        on_step=_go,
        entropy_unit=UNITS[bits],
        log_unit=UNITS[bits],
        totals=totals(scored, run.source is not None, bits),
    )
    if not scored.is_product:
        st.markdown(lesson(PAGE, "not a product"))
    if not step:
        st.markdown(lesson(PAGE, "before the first"))
        return
    said, looked = st.columns([2, 3], gap="medium")
    with said:
        show_distribution(choice, run, scored, step - 1)
    with looked:
        if (token := current_alternative(choice, scored, step - 1)) is not None:
            show_alternative(choice, run, scored, step - 1, token, bits)
        show_attention(choice, run, scored, step - 1)
    show_numbers(choice, run, scored, step - 1, bits)


def ledger_rows(scored: Scored, bits: bool) -> list[LedgerRow]:
    """One row per factor; the entropy in bits or nats. A BERT's rows have no running product."""
    factors, unit = scored.factors, LOG_2 if bits else 1.0
    running = [(float(np.exp(log)), float(log)) if scored.is_product else (None, None) for log in factors.running_log_p]
    return [
        LedgerRow(
            scored.labels[i],
            factors.ids[i],
            float(factors.p[i]),
            float(factors.log_p[i]),
            int(factors.rank[i]),
            float(factors.entropy[i] / unit),
            *running[i],
            scored.groups[i],
        )
        for i in range(len(scored))
    ]


def totals(scored: Scored, source: bool, bits: bool) -> list[Total]:
    """What the factors come to, for the ledger's last line; logarithms in bits or nats."""
    whole, rest = scored.factors, scored.factors.part(scored.n_prompt)
    log, unit = ("log₂", LOG_2) if bits else ("ln", 1.0)
    if not scored.is_product:
        not_p = "The sum of the logarithms; not that of a probability."
        return [
            Total(f"pseudo-log-likelihood ({UNITS[bits]})", whole.total_log_p / unit, not_p),
            Total("pseudo-perplexity", whole.perplexity, "exp of minus the mean of the logarithms."),
        ]
    product, summed = "The product of the factors.", "The sum of the logarithms of the factors."
    if source:
        first = [Total("p(y|x)", whole.total_log_p, product, is_log=True)]
        of, text = "", "p(y|x)"
    else:
        of, text = " of the continuation", "p(continuation | prompt)"
        first = [
            Total("p(prompt, continuation)", whole.total_log_p, "The product of all factors.", is_log=True),
            Total(text, rest.total_log_p, f"The product of the factors{of}.", is_log=True),
        ]
    return [
        *first,
        Total(f"{log} {text}", rest.total_log_p / unit, summed),
        Total(f"perplexity{of}", rest.perplexity, "Among so many equally probable tokens it chose, on average."),
        Total(f"bits per token{of}", rest.bits_per_token, "The base-2 logarithm of the perplexity."),
    ]


def _score_chosen(choice: Choice, run: Run) -> Scored | None:
    """The text with its factors, and where it comes from; None after a sentence that says what is wrong."""
    from explorer.model.reading import InputError

    gpt = run.entry.config.architecture == "decoder"
    chosen = choose_continuation(choice, run) if gpt else ("", 0, False)
    if chosen is None:
        return None
    try:
        return score(choice, run, *chosen)
    except InputError as error:
        st.warning(str(error), icon=":material/edit:")
        return None


def _origin(scored: Scored, run: Run) -> str:
    """Where the text comes from, and what of it is left out."""
    if not scored.is_product:
        left_out = len(run.tokens) - 2 - len(scored)
        return gap_lesson(run.entry.name, PAGE, "origin masks" if left_out else "origin bert")
    if scored.n_prompt:
        if not scored.written:
            return lesson(PAGE, "origin continuation typed")
        return lesson(PAGE, "origin ended" if scored.finished else "origin continued")
    if not scored.written:
        return lesson(PAGE, "origin typed")
    return lesson(PAGE, "origin written" if scored.finished else "origin unfinished")


def _current_step(n: int) -> int:
    take_from_url(STEP, range(n + 1), 1)
    put_into_url(STEP, 1)
    return st.session_state[STEP]


def _go(step: int) -> None:
    st.session_state[STEP] = step
    forget_alternative()


def _choose_unit() -> str:
    return choose_in_url("unit", {unit: unit for unit in UNITS}, "Unit", help=lesson(PAGE, "unit"))


def _source_symbol(run: Run) -> str:
    """What the decoder sees of the source, in LaTeX; nothing, where there is no source."""
    if run.source is None:
        return ""
    return r"\bar x" if run.entry.config.bottleneck else "x"


def _show_formula(scored: Scored, step: int, source: str, bits: bool) -> None:
    """The product (or a BERT's sum) as far as it has been multiplied. Inline, since a long one breaks over lines."""
    log_p, colours = scored.factors.log_p, formula_colours()
    if not scored.is_product:
        lines = [pseudo_formula(log_p, step, bits, colours)]
    else:
        lines = [product_formula(log_p, step, source, colours)]
        if scored.n_prompt:
            lines.append(continuation_formula(log_p, scored.n_prompt, step, colours))
    st.markdown("\n\n".join(rf"$\displaystyle {line}$" for line in lines))


def _title(scored: Scored) -> str:
    what = "factors of the product" if scored.is_product else "tokens, each given all others"
    return f"Ledger: {len(scored)} {what}."
