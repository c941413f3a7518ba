"""One branch of the beam search: its factors, and where the model looked when it wrote each of its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.beam_layout import Branch
from explorer.analysis.factorisation import Factorisation, factorise
from explorer.analysis.provenance import tex
from explorer.components.factor_ledger import LedgerRow, Total, factor_ledger
from explorer.components.token_strip import Strip, token_strip
from explorer.model.kinds import n_layers
from explorer.ui.cache import load
from explorer.ui.decoded import Start, pass_along
from explorer.ui.decoding_controls import PAGE, take_number
from explorer.ui.lessons import lesson
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url

if TYPE_CHECKING:
    from explorer.model.run import Run


def show_branch(choice: Choice, start: Start, path: Sequence[Branch], penalty: float) -> None:
    """The factors of a branch, and the attention row of the factor that is lit; ``path`` is one branch per token."""
    st.subheader("The chosen branch", anchor=False)
    if not path:
        st.markdown(lesson(PAGE, "root"))
        return
    passed = pass_along(choice, start, path[-1].ids)
    take_number("step", 0, len(path), len(path), int)
    step = st.session_state["step"]
    ledger, looks = st.columns([3, 2], gap="medium")
    with ledger:
        factors = factorise(passed.trace.logits[len(start.prefix) - 1 :], path[-1].ids)
        _show_factors(load(choice.model).tokenizer.labels(path[-1].ids), path, factors, step, penalty)
        _compare_with_pass(factors, path)
    put_into_url("step", len(path))
    if step:
        with looks:
            _show_attention(choice, passed, len(start.prefix) + step - 2)


def _show_factors(labels: list[str], path: Sequence[Branch], factors: Factorisation, step: int, penalty: float) -> None:
    """The search's own numbers; it keeps no rank and no entropy, so these two are those of one pass, ``factors``."""
    whole = path[-1].log_probability
    rows = [
        LedgerRow(
            label=label,
            token_id=branch.ids[-1],
            p=float(np.exp(branch.log_p)),
            log_p=branch.log_p,
            rank=int(rank),
            entropy=float(entropy),
            running_p=float(np.exp(branch.log_probability)),
            running_log_p=branch.log_probability,
        )
        for label, branch, rank, entropy in zip(labels, path, factors.rank, factors.entropy, strict=True)
    ]
    factor_ledger(
        rows,
        key="factor_ledger",
        title="The factors of the chosen branch",
        step=step,
        on_step=_set_step,
        columns=("p", "log_p", "running_log_p"),  # so many have room beside the attention row
        entropy_unit="nats",
        totals=[
            Total("log p", whole, "the sum of the logarithms"),
            Total("score", whole / len(path) ** penalty, "log p divided by n^α"),
        ],
    )


def _set_step(step: int) -> None:
    st.session_state["step"] = step


def _compare_with_pass(factors: Factorisation, path: Sequence[Branch]) -> None:
    """The search computed these factors step by step, all hypotheses at once: one pass over the branch must agree."""
    difference = np.abs(factors.log_p - [branch.log_p for branch in path]).max()
    st.caption(
        rf"One pass over this whole branch gives the same factors: $\log p$ differs by at most ${tex(difference)}$."
    )


def _show_attention(choice: Choice, passed: Run, row: int) -> None:
    """The row of the position that wrote the lit token: over the source, or over what was written before it."""
    cross = passed.source is not None
    kind = "cross" if cross else "decoder"
    layer = min(choice.layer, n_layers(passed.entry.config, kind) - 1)
    keys = passed.keys(kind)
    n = len(keys) if cross else row + 1  # what comes later is masked
    token_strip(
        [
            Strip(
                title=f"Where it looked in the {'source' if cross else 'text so far'} to write this token: "
                f"layer {layer + 1}, head {choice.head + 1}",
                query=passed.tokens.labels[row],
                query_id=passed.tokens.ids[row],
                keys=keys.labels[:n],
                key_ids=keys.ids[:n],
                weights=passed.attention(kind, layer).weights[choice.head, row, :n],
            )
        ],
        key="beam_attention",
    )
