"""The filters of the decoding page: what stands between the model's distribution and the token that is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.decoding_filters import (
    CUTS,
    Filtered,
    filter_formula,
    prove_probability,
    row_of,
    shown_ids,
)
from explorer.analysis.factorisation import factorise
from explorer.analysis.temperature import over_temperatures
from explorer.components.filter_bars import Die, FilterRow, FilterStage, filter_bars
from explorer.components.temperature_curves import temperature_curves
from explorer.ui.cache import load
from explorer.ui.decoded import Sampled, Start, after_filters, fall, greedy, sampled
from explorer.ui.decoding_controls import PAGE, choose_filters, choose_length, choose_seed, take_following
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal, token_name
from explorer.ui.provenance import show_provenance
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.model.run import Run
    from explorer.model.tokenizer import TextTokenizer

SHOWN = 12  # rows of the picture
CURVES = 4  # tokens of which the temperature's curve is drawn


def show_filters(choice: Choice, run: Run, start: Start) -> None:
    """The text that this seed writes through these filters, and the draw of each of its tokens."""
    tokenizer = load(choice.model).tokenizer
    filters = choose_filters(run.entry.config.vocab_size)
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with row:
        seed, n = choose_seed(), choose_length(start)
    text = sampled(choice, start, filters, seed, n)
    position = _choose_position(row, tokenizer, text)
    _show_greedy(tokenizer, greedy(choice, start, n))
    read = (*start.prefix, *text.ids[:position])
    filtered = after_filters(text.logits[position], read, filters, start.suppressed)
    before = f"after {position} written {'token' if position == 1 else 'tokens'}"
    u, never = float(text.u[position]), start.suppressed
    show_distribution(tokenizer, text.logits[position], read, filtered, u, before, never)


def show_distribution(
    tokenizer: TextTokenizer,
    logits: np.ndarray,
    read: Sequence[int],
    filtered: tuple[Filtered, ...],
    u: float,
    where: str,
    suppressed: Sequence[int] = (),
) -> None:
    """One next token's distribution through all filters, the draw, and where one of its numbers comes from."""
    ids = shown_ids(filtered, SHOWN)
    drawn = fall(filtered[-1].p, u)
    _show_bars(tokenizer, filtered, ids, u, drawn, f"Distribution of the next token {where}")
    formulas, panel = st.columns(2, gap="medium")
    with formulas:
        # One element: several take the browser longer.
        st.markdown("\n\n".join(_in_words(filtered, s) for s in range(len(filtered))))
        if len(filtered) == 1:
            st.caption(lesson(PAGE, "no filter"))
        _show_temperature(tokenizer, filtered)
    with panel, st.container(key="provenance"):
        options = list(dict.fromkeys([*map(int, ids), drawn]))
        token, s = _choose_number(tokenizer, filtered, options, drawn)
        label = token_name(tokenizer.label(token))
        show_provenance(prove_probability(logits, read, filtered, s, token, label, suppressed))


def _in_words(filtered: tuple[Filtered, ...], s: int) -> str:
    """A stage's name, and under it its formula."""
    return f"**{filtered[s].name.capitalize()}**\n\n$\\displaystyle {filter_formula(filtered, s)}$"


def _show_bars(
    tokenizer: TextTokenizer, filtered: tuple[Filtered, ...], ids: np.ndarray, u: float, drawn: int, title: str
) -> None:
    rest = np.setdiff1d(np.arange(len(filtered[0].p)), ids)
    rows = [FilterRow(tokenizer.label(int(i)), int(i), row_of(filtered, [i])) for i in ids]
    others = f"{len(rest):,} other {'token' if len(rest) == 1 else 'tokens together'}"
    place = ids.tolist().index(drawn) if drawn in ids else len(rows)
    stages = [
        FilterStage(
            "softmax(z)" if each.name == "softmax" else each.name,
            each.setting,
            each.n_kept,
            each.kept,
            each.setting if each.name in CUTS else "",
        )
        for each in filtered
    ]
    tail = FilterRow(others, None, row_of(filtered, rest)) if len(rest) else None
    filter_bars(
        stages,
        rows,
        key="filter_bars",
        title=title,
        tail=tail,
        die=Die(u, place),
    )
    if place == len(rows):
        st.markdown(f"Among these it falls on {token_name(tokenizer.label(drawn))}.")


def _show_temperature(tokenizer: TextTokenizer, filtered: tuple[Filtered, ...]) -> None:
    """The model's distribution (after the repetition penalty, where that is on) at every temperature."""
    before = filtered[1] if filtered[1:] and filtered[1].name == "repetition penalty" else filtered[0]
    temperature = next((stage.value for stage in filtered if stage.name == "temperature"), 1.0)
    curves = over_temperatures(before.p, CURVES, temperature)
    labels = tokenizer.labels(curves.ids.tolist())
    title = f"The {len(labels)} most probable tokens as the temperature grows."
    temperature_curves(curves, labels, key="temperature_curves", title=title)


def _choose_position(row: DeltaGenerator, tokenizer: TextTokenizer, text: Sampled) -> int:
    """Draw the text as chips, of which one is chosen, and Back and Next into ``row``; the URL counts from 1.

    By default it is the first draw that did not fall on the model's most probable token; if all did, the one where the
    model was least sure.
    """
    numbers = range(1, len(text.ids) + 1)
    factors = factorise(text.logits, text.ids)
    parts = factors.rank > 1
    default = int((parts if parts.any() else factors.entropy).argmax()) + 1
    take_following("position", numbers, default)
    st.pills(
        "This seed writes (choose a token to see its draw)",
        numbers,
        key="position",
        required=True,
        format_func=lambda n: f"{n}  {literal(tokenizer.label(text.ids[n - 1]))}",  # unlike any other, as pills must be
    )
    put_into_url("position", default)
    at, last = st.session_state["position"], len(text.ids)
    with row:
        st.button("Back", key="back", on_click=_go, args=(at - 1,), disabled=at == 1, shortcut="Left")
        st.button(
            "Next", key="next", on_click=_go, args=(at + 1,), disabled=at == last, shortcut="Right", type="primary"
        )
        st.markdown(f"Token {at} of {last}: $u_{{{at}}} = {text.u[at - 1]:.3f}$", width="content")
    return at - 1


def _go(position: int) -> None:
    st.session_state["position"] = position


def _show_greedy(tokenizer: TextTokenizer, ids: Sequence[int]) -> None:
    st.markdown(f"Greedy would write: {' '.join(map(token_name, tokenizer.labels(ids)))}")


def _choose_number(
    tokenizer: TextTokenizer, filtered: tuple[Filtered, ...], ids: list[int], drawn: int
) -> tuple[int, int]:
    """Select boxes for a token and a stage: (id, index of the stage)."""
    names = [stage.name for stage in filtered]
    take_following("token", ids, drawn)
    take_following("stage", names, names[-1])
    with st.container(horizontal=True, gap="small"):
        st.selectbox("Probability of", ids, key="token", format_func=tokenizer.label, width=180)
        st.selectbox("after", names, key="stage", width=180)
    put_into_url("token", drawn)
    put_into_url("stage", names[-1])
    return st.session_state["token"], names.index(st.session_state["stage"])
