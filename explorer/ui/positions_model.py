"""The view "In a model": its position codes replaced, before and after; and its words in another order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.position_effects import largest_difference
from explorer.analysis.predictions import token_probabilities
from explorer.analysis.provenance import tex
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.components.token_bars import BarGroup, TokenBar, token_bars
from explorer.model.config import TransformerConfig
from explorer.ui.cache import load
from explorer.ui.gaps import gap_lesson, gap_names, gaps_of
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal
from explorer.ui.positions import PAGE
from explorer.ui.positions_runs import replaced_run, replaced_text
from explorer.ui.session import Choice
from explorer.ui.top_tokens import TOP, top_tokens
from explorer.ui.url import put_into_url, take_from_url
from explorer.ui.what_it_does import it_writes

if TYPE_CHECKING:
    from explorer.model.run import Run

TITLES = {
    "none": "none",
    "sinusoidal": "sinusoidal, the paper's",
    "sinusoidal-halves": "sinusoidal, in halves",
    "sinusoidal-board": "sinusoidal, the board's",
    "learned": "learned",
    "relative": "relative",
}
OF_ITS_OWN = ("learned", "relative")  # only a model that has learned them can have them


@st.fragment
def show_replaced(choice: Choice, run: Run) -> None:
    st.markdown(lesson(PAGE, "model"))
    config = run.entry.config
    own = config.positions
    if own == "relative":
        st.markdown(lesson(PAGE, "model relative"))
    chosen = _choose_positions(config)
    with st.spinner(f"{literal(choice.model)} is reading the text with other positions."):
        other = replaced_run(choice, run, chosen)
    name, before, after = "logit", run.trace.logits, other.trace.logits
    if not config.unembedding:
        name, before, after = "number of the last states", run.trace.encoder.output, other.trace.encoder.output
    difference = largest_difference(before, after)
    if chosen == own:
        st.markdown(f"{lesson(PAGE, 'model same')} Largest difference of any {name}: ${tex(difference)}$.")
    elif "sinusoidal-halves" in (chosen, own):
        st.markdown(lesson(PAGE, "halves"))
    _show_attention(choice, run, other, TITLES[own], TITLES[chosen])
    st.markdown(f"**What it says.** The largest difference of any {name} is ${tex(difference)}$.")
    if not config.unembedding:
        st.info(lesson(PAGE, "no logits"))
        return
    before, after = st.columns(2, gap="large")
    for place, passed, positions, key in ((before, run, own, "before"), (after, other, chosen, "after")):
        with place:
            st.markdown(f"*{'As trained' if key == 'before' else 'Replaced'}: positions {TITLES[positions]}*")
            _show_output(choice, run, passed, positions, key)


def _choose_positions(config: TransformerConfig) -> str:
    """Draw the choice of positions; its own are marked."""
    own = config.positions
    even = config.d_model % 2 == 0
    names = [name for name in TITLES if name == own or name == "none" or (name not in OF_ITS_OWN and even)]
    key, default = "positions", "none" if own != "none" else "sinusoidal" if even else "none"
    take_from_url(key, names, default)
    titles = {name: TITLES[name] + (" (its own)" if name == own else "") for name in names}
    st.segmented_control("Positions", names, key=key, required=True, format_func=titles.get)
    put_into_url(key, default)
    return st.session_state[key]


def _show_attention(choice: Choice, run: Run, other: Run, *titles: str) -> None:
    """The chosen head before and after."""
    queries, keys = run.queries(choice.kind), run.keys(choice.kind)
    passes = [passed.attention(choice.kind, choice.layer) for passed in (run, other)]
    st.markdown(f"**Layer {choice.layer + 1}, head {choice.head + 1}**: who looks at whom")
    matrix_maps(
        [
            MatrixMap(f"positions {title}", each.weights[choice.head], queries.labels, keys.labels, each.mask[0])
            for title, each in zip(titles, passes, strict=True)
        ],
        key="replaced_attention",
        title="Attention weights before and after",
        row_name="query",
        column_name="key",
        role="weight",
        first=1,
        square=True,
    )
    before, after = (each.weights[choice.head].astype(np.float64) for each in passes)
    moved = 0.5 * np.abs(after - before).sum(axis=1).mean()
    st.caption(f"On average over the queries, {100 * moved:.3g} % of the attention went to other keys.")


def _show_output(choice: Choice, run: Run, passed: Run, positions: str, key: str) -> None:
    show = {"encoder-decoder": _show_translation, "decoder": _show_next_token, "encoder": _show_masks}
    show[run.entry.config.architecture](choice, run, passed, positions, key)


def _show_translation(choice: Choice, run: Run, passed: Run, positions: str, key: str) -> None:
    """The same target's factors, and what the model would write by itself with these positions."""
    tokenizer = load(choice.model).tokenizer
    ids = (*run.tokens.ids[1:], tokenizer.id_of("[EOS]"))
    probabilities = token_probabilities(passed.trace.logits, ids)
    st.markdown(f"{it_writes(run.entry)}: “{literal(replaced_text(choice, run, positions)) or '(nothing)'}”")
    heading = "The target before the change, factor by factor" if run.written else "Your target, factor by factor"
    bars = tuple(map(TokenBar, tokenizer.labels(ids), ids, map(float, probabilities)))
    token_bars([BarGroup(heading, bars)], key=f"bars_{key}")
    log_p = np.log(probabilities).sum()
    st.markdown(rf"$p(y \mid x) = {tex(np.exp(log_p))}$, $\;\ln p(y \mid x) = {tex(log_p)}$")


def _show_next_token(choice: Choice, run: Run, passed: Run, positions: str, key: str) -> None:
    token_bars([top_tokens(choice.model, "What comes next", passed.trace.logits[-1])], key=f"bars_{key}")
    _say_rest(run)
    if len(run.tokens) > 1:
        probabilities = token_probabilities(passed.trace.logits[:-1], run.tokens.ids[1:])
        st.markdown(rf"The text itself: $\ln p(y) = {tex(np.log(probabilities).sum())}$")


def _show_masks(choice: Choice, run: Run, passed: Run, positions: str, key: str) -> None:
    gaps = gaps_of(choice.model, run.tokens.ids)
    if not gaps:
        st.info(gap_lesson(choice.model, "home", "no gap"))
        return
    names = gap_names(choice.model, len(gaps))
    groups = [top_tokens(choice.model, name, passed.trace.logits[i]) for name, i in zip(names, gaps, strict=True)]
    token_bars(groups, key=f"bars_{key}")
    _say_rest(run)


def _say_rest(run: Run) -> None:
    st.caption(f"The {TOP} most probable of {run.entry.config.vocab_size:,} tokens.")
