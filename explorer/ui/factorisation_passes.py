"""The view "One pass, n steps": both give the same factors, thanks to the causal mask; and what happens without it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis.comparison import changed_rows, largest_difference
from explorer.analysis.provenance import tex
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.model.kinds import n_layers
from explorer.ui.factor_pairs import factor_pairs
from explorer.ui.lessons import lesson
from explorer.ui.literal import token_name
from explorer.ui.passes import REPEATS, BothWays, Leak, Unmasked, both_ways, has_both_ways, without_mask
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run

WORDS = "factorisation_views"


@st.fragment
def show_passes(choice: Choice, run: Run) -> None:
    """Draw the factors of both ways beside each other, or with and without the mask."""
    st.markdown(lesson(WORDS, "passes"))
    if st.toggle("Remove the causal mask", key="unmask", bind="query-params"):
        _show_unmasked(choice, run, without_mask(choice, run))
    else:
        with nullcontext() if has_both_ways(choice) else st.spinner("Reading the text in one pass, and step by step."):
            found = both_ways(choice, run)
        _show_both_ways(run, found)


def _show_both_ways(run: Run, found: BothWays) -> None:
    n = len(found.labels)
    largest = largest_difference(found.one_pass.p, found.by_steps.p)
    milliseconds = [f"{1_000 * seconds:.1f} ms" for seconds in (found.pass_seconds, found.step_seconds)]
    st.empty()  # where the warning stands: what is below keeps its place
    left, right = st.columns([3, 2], gap="medium")
    with left:
        heads = ("one masked pass", f"{n} cached steps")
        title = "Each factor from one masked pass, and from one step for each token"
        factor_pairs(found.labels, found.one_pass, found.by_steps, heads=heads, key="pairs", title=title)
    with right:
        st.markdown(
            f"The largest difference of any factor is ${tex(largest)}$; of any of the {found.n_logits:,} logits "
            f"({n} positions × {run.entry.config.vocab_size:,} tokens) it is "
            f"${tex(found.largest_logit_difference)}$. {lesson(WORDS, 'passes rounding')}"
        )
        st.markdown(
            f"One pass took **{milliseconds[0]}**, the {n} steps **{milliseconds[1]}** together: "
            f"${tex(found.step_seconds / found.pass_seconds)}$ times as long. (Measured on the machine that runs the "
            f"model: the fastest of at most {REPEATS}.) {lesson(WORDS, 'passes time')}"
        )
        st.caption(lesson(WORDS, "passes why"))


def _show_unmasked(choice: Choice, run: Run, found: Unmasked) -> None:
    st.warning(lesson(WORDS, "unmasked"), icon=":material/warning:")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        heads = ("with the mask", "without it")
        title = "Each factor with the causal mask, and without it"
        factor_pairs(found.labels, found.masked, found.open, heads=heads, key="pairs", title=title, signed=True)
        st.caption(lesson(WORDS, "unmasked meaningless"))
    with right:
        _show_matrices(choice, run, found)
        if found.leak:
            _show_leak(found.leak)


def _show_matrices(choice: Choice, run: Run, found: Unmasked) -> None:
    """The chosen head of the decoder's self-attention, before and after; the sidebar may speak of another kind."""
    layer = min(choice.layer, n_layers(run.entry.config, "decoder") - 1)
    before, after = (each.attention("decoder", layer) for each in (run, found.passed))
    labels = run.tokens.labels
    matrix_maps(
        [
            MatrixMap("with the mask", before.weights[choice.head], labels, labels, before.mask[0]),
            MatrixMap("without it", after.weights[choice.head], labels, labels),
        ],
        key="mask_maps",
        title=f"Weights of layer {layer + 1}, head {choice.head + 1}, with the causal mask and without it",
        row_name="query",
        column_name="key",
        role="weight",
        first=1,
        square=True,
    )
    rows = [int(row) + 1 for row in changed_rows(before.weights[choice.head], after.weights[choice.head])]
    st.caption(
        f"Masked self-attention, layer {layer + 1}, head {choice.head + 1} (chosen in the sidebar). "
        f"{_changed(rows, len(labels))} {lesson(WORDS, 'unmasked rows' if layer == 0 else 'unmasked rows deeper')}"
    )


def _changed(rows: list[int], n: int) -> str:
    """Which rows have other weights now, in words."""
    if len(rows) == n:
        return f"All {n} rows have changed."
    if rows == list(range(1, n)):
        return f"Rows 1 to {n - 1} of {n} have changed; the last one has not."
    return f"{len(rows)} of {n} rows have changed."


def _show_leak(leak: Leak) -> None:
    masked = "exactly 0" if leak.masked == 0 else f"{leak.masked:.3g}"
    st.markdown(
        f"**The future leaks into the past.** Put {token_name(leak.other)} in the place of the last token that is "
        f"read, {token_name(leak.taken)}, and look at the logits *before* it. With the mask the largest change of any "
        f"of them is **{masked}**; without it, ${tex(leak.unmasked)}$. The factor that changes most is that of token "
        f"{leak.factor}, {token_name(leak.factor_label)}: its $p$ goes from ${tex(leak.before)}$ to "
        f"${tex(leak.after)}$."
    )
