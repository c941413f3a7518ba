"""What a change by hand does, before beside after: the map, the text, the factors, the next token, the states."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.comparison import largest_difference
from explorer.analysis.factorisation import Factorisation
from explorer.analysis.predictions import top_k
from explorer.analysis.provenance import tex
from explorer.analysis.travelled import travelled
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.components.token_bars import BarGroup, TokenBar, token_bars
from explorer.model.intervention import NOTHING, Intervention
from explorer.ui.cache import load
from explorer.ui.changed_runs import changed_factors, changed_run, changed_text, has_changed_text
from explorer.ui.factor_pairs import factor_pairs
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run

WORDS = "break_it_edit"
SYMBOLS = {"encoder-decoder": r"\ln p(y \mid x)", "decoder": r"\ln p(y)", "encoder": r"\mathrm{PLL}(x)"}
TOP = 5


def show_attention(
    choice: Choice,
    run: Run,
    after: Run,
    *,
    key: str,
    picked: tuple[int, int, int] | None = None,
    on_pick: Callable[[int, int, int], None] | None = None,
) -> None:
    """The sidebar's head before and after."""
    passes = [passed.attention(choice.kind, choice.layer) for passed in (run, after)]
    queries, keys = run.queries(choice.kind).labels, run.keys(choice.kind).labels
    st.markdown(f"**Layer {choice.layer + 1}, head {choice.head + 1}**, before and after")
    matrix_maps(
        [
            MatrixMap(title, each.weights[choice.head], queries, keys, each.mask[0])
            for title, each in zip(("its own weights", "changed"), passes, strict=True)
        ],
        key=key,
        title="Attention weights before and after the change",
        row_name="query",
        column_name="key",
        role="weight",
        first=1,
        square=True,
        picked=picked,
        on_pick=on_pick,
    )


def show_outcome(choice: Choice, run: Run, changes: Intervention) -> None:
    """In three lines: how far the logits moved, what is written now, and what has become of the text's probability."""
    after = changed_run(choice, run, changes)
    if changes == NOTHING:
        st.markdown(lesson(WORDS, "nothing"))
    elif (difference := largest_difference(run.trace.logits, after.trace.logits)) == 0:
        st.markdown(lesson(WORDS, "same bits"))
    else:
        st.markdown(f"**The forward pass, continued**: the largest difference of two logits is ${tex(difference)}$.")
    _show_written(choice, run, changes)
    _show_probability(choice, run, changes)


def show_details(choice: Choice, run: Run, changes: Intervention, *, key: str, reach: str) -> None:
    """Factor by factor, token by token, layer by layer.

    Parameters
    ----------
    key : str
        What the components' keys begin with.
    reach : str
        Why some states cannot have moved.
    """
    after = changed_run(choice, run, changes)
    factors = changed_factors(choice, run, NOTHING), changed_factors(choice, run, changes)
    left, right = st.columns(2, gap="large")
    with left:
        _show_factors(choice, run, *factors, key=key)
    with right:
        _show_tops(choice, run, after, *factors, key=key)
    _show_travelled(run, after, key=key, reach=reach)


def _show_written(choice: Choice, run: Run, changes: Intervention) -> None:
    """A translation, or how a GPT goes on, before and after; a BERT writes nothing."""
    if run.entry.config.architecture == "encoder":
        return
    waiting = not (has_changed_text(choice, NOTHING) and has_changed_text(choice, changes))
    with st.spinner(f"{choice.model} is writing.") if waiting else nullcontext():
        texts = [changed_text(choice, run, each) for each in (NOTHING, changes)]
    what = "It translates" if run.source is not None else "It goes on"
    before, after = (literal(text.text.replace("\n", "⏎")) or "(nothing)" for text in texts)
    if before == after:
        st.markdown(f"**{what}**, before and after, greedily: “{after}”")
    else:
        st.markdown(f"**{what}**, greedily: before “{before}”, after **“{after}”**")


def _show_probability(choice: Choice, run: Run, changes: Intervention) -> None:
    """log p(y | x) of the same text before and after; of a BERT, the pseudo-log-likelihood."""
    with st.spinner(f"{choice.model} is scoring the text."):
        before, after = (changed_factors(choice, run, each) for each in (NOTHING, changes))
    if before is None or after is None:
        st.info("This text has nothing that the model could score: type more of it.")
        return
    architecture, one, other = run.entry.config.architecture, before.total_log_p, after.total_log_p
    line = rf"${SYMBOLS[architecture]}$ from ${tex(one)}$ to ${tex(other)}$, a change of ${tex(other - one)}$"
    if architecture == "encoder":
        st.markdown(f"**Pseudo-log-likelihood** (each token masked in turn, the change in every pass): {line}.")
    else:
        ratio = tex(np.exp(other - one)) if abs(other - one) < 700 else f"e^{{{tex(other - one)}}}"
        st.markdown(f"**The same text's probability**: {line}; $p$ is now ${ratio}$ times what it was.")


def _show_factors(
    choice: Choice, run: Run, before: Factorisation | None, after: Factorisation | None, *, key: str
) -> None:
    """The text's factors twice."""
    if before is None or after is None:
        return
    st.markdown("**Factor by factor**")
    factor_pairs(
        tuple(load(choice.model).tokenizer.labels(before.ids)),
        before,
        after,
        heads=("before", "after"),
        key=f"{key}_factors",
        title="Each factor before and after the change",
        signed=True,
        logs=True,
        total="log p" if run.entry.config.has_decoder else "Σ log p",
    )


def _show_tops(
    choice: Choice, run: Run, after: Run, before_p: Factorisation | None, after_p: Factorisation | None, *, key: str
) -> None:
    """The most probable tokens, before and after, where the model is asked for one."""
    places = _asked(run, before_p, after_p)
    if not places:
        st.info("Write [MASK] in place of a word, and the model says what may stand there.")
        return
    for place, passed, words in zip(st.columns(2), (run, after), ("before", "after"), strict=True):
        groups = [_top(f"{heading}, {words}", choice, passed.trace.logits[i]) for i, heading in places]
        with place:
            token_bars(groups, key=f"{key}_tops_{words}")
    st.caption(f"The {min(TOP, run.entry.config.vocab_size)} most probable of {run.entry.config.vocab_size:,} tokens.")


def _asked(run: Run, before: Factorisation | None, after: Factorisation | None) -> list[tuple[int, str]]:
    """(row of the logits, heading): the gaps of a BERT, the end of a GPT's text, a translator's most changed factor."""
    labels = run.tokens.labels
    architecture = run.entry.config.architecture
    if architecture == "decoder":
        return [(len(labels) - 1, "What comes next")]
    if architecture == "encoder":
        gaps = [i for i, label in enumerate(labels) if label == "[MASK]"]
        return [(i, "[MASK]" if len(gaps) == 1 else f"[MASK] number {n}") for n, i in enumerate(gaps, start=1)]
    i = int(np.abs(after.log_p - before.log_p).argmax())
    return [(i, f"Factor {i + 1}, after {labels[i]}")]


def _top(heading: str, choice: Choice, logits: np.ndarray) -> BarGroup:
    found = top_k(logits, TOP)
    ids = found.ids.tolist()
    labels = load(choice.model).tokenizer.labels(ids)
    rest = float(max(0.0, 1 - found.probabilities.sum()))
    bars = tuple(map(TokenBar, labels, ids, found.probabilities.tolist()))
    return BarGroup(heading, bars, tail=(f"all others ({len(logits) - len(ids):,})", rest))


def _show_travelled(run: Run, after: Run, *, key: str, reach: str) -> None:
    """How far each state of each layer has moved."""
    st.markdown(lesson(WORDS, "travelled"))
    stacks = travelled(run, after)
    for each in stacks:
        if not each.change.any():
            st.markdown(f"The {each.stack}: all {each.change.size} states are **exactly the same**, number by number.")
    moved = [each for each in stacks if each.change.any()]
    if not moved:
        return
    matrix_maps(
        [
            MatrixMap(f"{each.stack}: ‖Δx‖ / ‖x‖", each.change, each.points, _positions(run, each.stack))
            for each in moved
        ],
        key=f"{key}_travelled",
        title="Relative change of the residual stream, by layer and position",
        row_name="after",
        column_name="position",
        first=1,
    )
    said = [f"{each.n_same} of {each.change.size} states of the {each.stack}" for each in moved]
    st.caption(f"Exactly 0, number by number: {', '.join(said)}. {reach}")


def _positions(run: Run, stack: str) -> tuple[str, ...]:
    return run.queries(stack).labels
