"""What a BERT has in place of decoding: the filters on the distribution of one gap, and gaps filled one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.decoding_path import read_path, write_path
from explorer.analysis.factorisation import log_softmax
from explorer.analysis.predictions import top_k
from explorer.components.token_bars import BarGroup, TokenBar, token_bars
from explorer.figures.style import significant
from explorer.limits import GAPS_COMPARED
from explorer.ui.cache import load, run_key
from explorer.ui.decoded import Ids, after_filters, die, filled
from explorer.ui.decoding_controls import PAGE, choose_filters, choose_seed, take_following
from explorer.ui.decoding_filters import show_distribution
from explorer.ui.gaps import gap_lesson, gaps_of, mask_of
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal, token_name
from explorer.ui.notices import notice
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url

if TYPE_CHECKING:
    from explorer.model.run import Run

FILLS, CONTEXT = "fills", "_fills_context"  # session keys; the first is in the URL too
LISTED = 10  # tokens for a gap
Gaps = tuple[int, ...]
Chooser = Callable[[np.ndarray, Gaps], int]


def show_gap_filters(choice: Choice, run: Run) -> None:
    """The filters, applied to what may stand in one [MASK]."""
    gaps = _gaps_or_stop(choice, run.tokens.ids)
    filters = choose_filters(run.entry.config.vocab_size)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        number = _choose_gap(choice.model, gaps, 0, gaps)
        seed = choose_seed()
    logits = run.trace.logits[gaps[number]]
    filtered = after_filters(logits, run.tokens.ids, filters)
    where = f"for {mask_of(choice.model)} number {number + 1}"
    show_distribution(load(choice.model).tokenizer, logits, run.tokens.ids, filtered, die(seed, number), where)


def show_gaps(choice: Choice, run: Run) -> None:
    """The text with its gaps, filled one by one: the model reads it again after each."""
    gaps = _gaps_or_stop(choice, run.tokens.ids)
    fills = _take_fills(choice, run, gaps)
    ids = _fill(run.tokens.ids, fills)
    logits = filled(choice, ids, run)
    left = tuple(gap for gap in gaps if gap not in dict(fills))
    st.markdown(lesson(PAGE, "gaps"))
    _show_text(choice, ids, dict(fills))
    _show_product(choice, run, fills)
    picture, orders = st.columns(2, gap="large")
    with picture:
        _draw_buttons(fills, left, logits)
        if left:
            _show_gap(choice, gaps, left, logits, fills)
        else:
            st.info(lesson(PAGE, "filled"))
    with orders:
        _compare_orders(choice, run, gaps)


def _gaps_or_stop(choice: Choice, ids: Ids) -> Gaps:
    gaps = gaps_of(choice.model, ids)
    if not gaps:
        st.info(gap_lesson(choice.model, PAGE, "no mask"))
        st.stop()
    return gaps


def _take_fills(choice: Choice, run: Run, gaps: Gaps) -> tuple[tuple[int, int], ...]:
    """(position, token) of each gap that was filled, in their order: from the session, else from the URL."""
    state, context, config = st.session_state, run_key(choice), run.entry.config
    if state.setdefault(CONTEXT, context) != context:
        state[CONTEXT], state[FILLS] = context, ""
    if FILLS not in state:
        state[FILLS] = st.query_params.get(FILLS, "")
    try:
        numbers = read_path(state[FILLS], max(config.vocab_size, config.max_len), 2 * len(gaps))
        fills = tuple(zip(numbers[::2], numbers[1::2], strict=True))
        positions = [position for position, _ in fills]
        if len(set(positions)) < len(positions) or not set(positions) <= set(gaps):
            raise ValueError("a filled position is no gap, or is filled twice")
        if any(token >= config.vocab_size for _, token in fills):
            raise ValueError("a token is not in the vocabulary")
    except ValueError:
        notice("The address fills gaps that are not there: showing the text with all its gaps.")
        state[FILLS], fills = "", ()
    put_into_url(FILLS, "")
    return fills


def _go(fills: Sequence[tuple[int, int]]) -> None:
    st.session_state[FILLS] = write_path(tuple(number for fill in fills for number in fill))


def _fill(ids: Ids, fills: Sequence[tuple[int, int]]) -> Ids:
    found = list(ids)
    for position, token in fills:
        found[position] = token
    return tuple(found)


def _show_text(choice: Choice, ids: Ids, fills: dict[int, int]) -> None:
    labels = map(token_name, load(choice.model).tokenizer.labels(ids))
    st.markdown(" ".join(f"**{label}**" if i in fills else label for i, label in enumerate(labels)))


def _show_product(choice: Choice, run: Run, fills: Sequence[tuple[int, int]]) -> None:
    """What each fill got when it was made, and their sum."""
    if not fills:
        return
    tokenizer = load(choice.model).tokenizer
    log_ps = _log_ps(choice, run, fills)
    terms = [
        f"{token_name(tokenizer.label(token))} {significant(np.exp(log_p))}"
        for (_, token), log_p in zip(fills, log_ps, strict=True)
    ]
    st.markdown(f"In this order: {' · '.join(terms)}, together log = {significant(sum(log_ps))}.")


def _log_ps(choice: Choice, run: Run, fills: Sequence[tuple[int, int]]) -> list[float]:
    """log p of each fill, given the text with the fills before it."""
    found = []
    for n, (position, token) in enumerate(fills):
        logits = filled(choice, _fill(run.tokens.ids, fills[:n]), run)
        found.append(float(log_softmax(logits[position])[token]))
    return found


def _most_certain(logits: np.ndarray, left: Gaps) -> int:
    """The gap whose most probable token is the most probable."""
    return max(left, key=lambda gap: log_softmax(logits[gap]).max())


def _draw_buttons(fills: tuple[tuple[int, int], ...], left: Gaps, logits: np.ndarray) -> None:
    after = fills
    if left:
        gap = _most_certain(logits, left)
        after = (*fills, (gap, int(logits[gap].argmax())))
    with st.container(horizontal=True, gap="small"):
        st.button("Back", key="back", on_click=_go, args=(fills[:-1],), disabled=not fills, shortcut="Left")
        st.button(
            "Fill the most certain gap",
            key="best",
            on_click=_go,
            args=(after,),
            disabled=not left,
            shortcut="Right",
            type="primary",
        )
        st.button("Start over", key="start", on_click=_go, args=((),), disabled=not fills)


def _show_gap(choice: Choice, gaps: Gaps, left: Gaps, logits: np.ndarray, fills: tuple) -> None:
    """The most probable tokens for one gap that is left; each can be written into it."""
    gap = left[_choose_gap(choice.model, left, left.index(_most_certain(logits, left)), gaps)]
    best = top_k(logits[gap], LISTED)
    ids = best.ids.tolist()
    labels = load(choice.model).tokenizer.labels(ids)
    bars = tuple(map(TokenBar, labels, ids, best.probabilities.tolist(), range(1, len(ids) + 1)))
    n_others = logits.shape[-1] - len(ids)
    tail = (f"{n_others:,} other tokens together", max(0.0, 1 - float(best.probabilities.sum())))
    token_bars(
        [BarGroup("", bars, tail=tail if n_others else None)],
        key="gap_tokens",
        on_pick=lambda group, bar: _go((*fills, (gap, ids[bar]))),
        pick_title="click to write it into the gap",
    )


def _choose_gap(model: str, left: Gaps, default: int, gaps: Gaps) -> int:
    """Draw a select box of the gaps that are left; the index in ``left``. The URL counts all gaps, from 1."""
    numbers, mask = [gaps.index(gap) + 1 for gap in left], mask_of(model)
    take_following("gap", numbers, numbers[default])
    st.selectbox("Gap", numbers, key="gap", width=180, format_func=lambda n: f"{mask} number {n}")
    put_into_url("gap", numbers[default])
    return numbers.index(st.session_state["gap"])


def _compare_orders(choice: Choice, run: Run, gaps: Gaps) -> None:
    """The texts that three orders lead to, and what one and the same text gets in each order."""
    st.subheader("The order matters", anchor=False)
    if not 1 < len(gaps) <= GAPS_COMPARED:
        st.caption(f"Compared for 2 to {GAPS_COMPARED} gaps; this text has {len(gaps)}.")
        return
    orders: dict[str, Chooser] = {
        "most certain first": _most_certain,
        "left to right": lambda logits, left: left[0],
        "right to left": lambda logits, left: left[-1],
    }
    found = {name: _fill_all(choice, run, gaps, choose) for name, choose in orders.items()}
    text = dict(found["most certain first"])
    lines = ["| order | filled with | sum of the logs | first text in this order |", "|---|---|--:|--:|"]
    labels = load(choice.model).tokenizer.labels
    for name, fills in found.items():
        words = " ".join(map(literal, labels([token for _, token in sorted(fills)])))
        same = [(gap, text[gap]) for gap, _ in fills]
        sums = [significant(sum(_log_ps(choice, run, each))) for each in (fills, same)]
        lines.append(f"| {name} | {words} | {sums[0]} | {sums[1]} |")
    st.container(key="table_orders").markdown("\n".join(lines))
    st.caption(lesson(PAGE, "orders"))


def _fill_all(choice: Choice, run: Run, gaps: Gaps, choose: Chooser) -> list[tuple[int, int]]:
    """Every gap filled with its most probable token, in the order that ``choose`` decides; read again after each."""
    fills: list[tuple[int, int]] = []
    while left := tuple(gap for gap in gaps if gap not in dict(fills)):
        logits = filled(choice, _fill(run.tokens.ids, fills), run)
        gap = choose(logits, left)
        fills.append((gap, int(logits[gap].argmax())))
    return fills
