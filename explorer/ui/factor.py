"""One factor of the ledger, opened: the distribution it comes from, who was looked at, and the numbers behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.numbers.readout import readout_provenance
from explorer.analysis.predictions import top_k
from explorer.analysis.readout import Text, read_out
from explorer.analysis.readout_board import readout_board
from explorer.components.number_board import number_board
from explorer.components.token_bars import BarGroup, TokenBar, token_bars
from explorer.components.token_strip import Strip, token_strip
from explorer.figures.style import significant
from explorer.model.kinds import KIND_TITLES, attention_kinds, n_layers
from explorer.ui.alternative import choose_alternative
from explorer.ui.cache import load
from explorer.ui.gaps import gap_lesson
from explorer.ui.lessons import lesson
from explorer.ui.literal import token_name
from explorer.ui.provenance import choose_number, current_pick, set_pick, show_provenance
from explorer.ui.scored import Scored, pass_behind
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.run import Run

PAGE = "factorisation"
WHOLE = 100  # tokens; a vocabulary up to this size is shown as a whole
SIZES, USUAL_SIZE = (5, 10, 20, 50), 10
MASKED = 3  # masked keys that are drawn: all later ones are masked as well
LONG = 60  # keys; more of them scroll in a frame of their own
ROWS = 5  # of the table of numbers


def show_distribution(choice: Choice, run: Run, scored: Scored, i: int) -> None:
    """What y_i was taken from, as bars; another token can be taken instead."""
    place = f"$y_{{{i + 1}}}$"
    st.markdown(f"**What the model said for {place}**, which is {token_name(scored.labels[i])}")
    k = _choose_size(run.entry.config.vocab_size)
    group = distribution(choice, scored, i, k)
    height = 330 if len(group.bars) > SIZES[1] + 1 else "content"
    with st.container(height=height, border=False):
        token_bars(
            [group],
            key="distribution",
            on_pick=lambda _, bar: choose_alternative(choice, scored, i, group.bars[bar].token_id),
            pick_title="Write this one instead",
        )
    st.markdown(_would_rather(choice, scored, i))


def distribution(choice: Choice, scored: Scored, i: int, k: int) -> BarGroup:
    """The ``k`` most probable tokens, the one that was taken, and what is left for all the others."""
    best, taken = top_k(scored.logits[i], k), scored.factors.ids[i]
    bars = [(int(best.ids[r]), float(best.probabilities[r]), r + 1) for r in range(len(best.ids))]
    if taken not in best.ids:
        bars.append((taken, float(scored.factors.p[i]), int(scored.factors.rank[i])))
    labels = load(choice.model).tokenizer.labels([token for token, _, _ in bars])
    n_others = scored.logits.shape[1] - len(bars)
    tail = (f"{n_others:,} others", max(0.0, 1 - sum(p for _, p, _ in bars))) if n_others else None
    shown = tuple(TokenBar(label, token, p, rank) for label, (token, p, rank) in zip(labels, bars, strict=True))
    return BarGroup("", shown, marked=taken, tail=tail)


def show_attention(choice: Choice, run: Run, scored: Scored, i: int) -> None:
    """The row of masked self-attention, and of cross-attention where there is one, in the sidebar's layer and head."""
    behind, position = pass_behind(choice, run, scored, i), scored.positions[i]
    config = run.entry.config
    st.markdown(f"**Where it looked.** {gap_lesson(choice.model, PAGE, f'attention {config.architecture}')}")
    kinds = [kind for kind in attention_kinds(config) if kind != "encoder" or not config.has_decoder]
    strips = [_strip(behind, kind, choice, position) for kind in kinds]
    long = sum(len(strip.keys) for strip in strips) > LONG
    with st.container(height=430 if long else "content", border=False):
        token_strip(strips, key="attention_rows")


def show_numbers(choice: Choice, run: Run, scored: Scored, i: int, bits: bool) -> None:
    """The board from the last state to the probability, and where the picked number comes from."""
    behind = pass_behind(choice, run, scored, i)
    text = Text(scored.factors, scored.logits, scored.n_prompt, scored.is_product)
    readout = read_out(behind, load(choice.model).model, text, i, scored.positions[i], _rows(choice, scored, i), bits)
    board = readout_board(readout)
    st.subheader(f"The numbers behind factor {i + 1}", anchor=False)
    picture, panel = st.columns([3, 2], gap="medium")
    context = (PAGE, bits)
    with picture:
        st.markdown(lesson(PAGE, "numbers"))
        pick = current_pick(board, context)
        title = f"Factor {i + 1}: last state, logits, probabilities, and the logarithms so far"
        number_board(board, key="readout_board", title=title, picked=pick, on_pick=lambda new: set_pick(context, new))
    with panel, st.container(key="provenance"):
        block = board.blocks[pick[0]]
        show_provenance(readout_provenance(readout, block.name, block.index_at(*pick[1:])))
        choose_number(board, context, pick)


def _choose_size(vocab_size: int) -> int:
    sizes = [size for size in SIZES if size < vocab_size]
    if vocab_size <= WHOLE:
        sizes.append(vocab_size)
    usual = vocab_size if vocab_size <= WHOLE else USUAL_SIZE
    take_from_url("k", sizes, usual)
    st.segmented_control(
        "Most probable tokens",
        sizes,
        key="k",
        required=True,
        format_func=lambda size: f"all {size}" if size == vocab_size else f"{size}",
    )
    put_into_url("k", usual)
    return st.session_state["k"]


def _would_rather(choice: Choice, scored: Scored, i: int) -> str:
    """What the model finds most probable here, and how it compares with what was taken."""
    factors = scored.factors
    best, taken = int(factors.best_ids[i]), factors.ids[i]
    name = load(choice.model).tokenizer.label
    if factors.rank[i] == 1:
        second = top_k(scored.logits[i], 2)
        if len(second.ids) == 1:
            return "It is the only token there is."
        other = int(second.ids[0] if second.ids[0] != taken else second.ids[1])
        ratio = significant(float(factors.p[i] / second.probabilities[list(second.ids).index(other)]))
        return f"It is the model's **first choice**, {ratio} times as probable as {token_name(name(other))}."
    ratio = significant(float(np.exp(factors.best_log_p[i] - factors.log_p[i])))
    return (
        f"The model **would rather have said** {token_name(name(best))}, which is {ratio} times as probable "
        f"({significant(float(np.exp(factors.best_log_p[i])))}); {token_name(name(taken))} has rank "
        f"{factors.rank[i]:,} of {scored.logits.shape[1]:,}."
    )


def _strip(behind: Run, kind: str, choice: Choice, position: int) -> Strip:
    layer = min(choice.layer, n_layers(behind.entry.config, kind) - 1)
    attention, keys = behind.attention(kind, layer), behind.keys(kind)
    title, mask = KIND_TITLES[kind].partition(" (")[0], attention.mask[0, position]
    shown = int(mask.sum()) + MASKED  # masked keys are the last ones
    left_out = max(0, len(mask) - shown)
    return Strip(
        title=f"{title}, layer {layer + 1}, head {choice.head + 1}"
        + (f"; {left_out} more are masked" if left_out else ""),
        query=behind.tokens.labels[position],
        query_id=behind.tokens.ids[position],
        keys=keys.labels[:shown],
        key_ids=keys.ids[:shown],
        weights=attention.weights[choice.head, position, :shown],
        mask=mask[:shown],
    )


def _rows(choice: Choice, scored: Scored, i: int) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The tokens of the table of numbers: the most probable ones, and the one that was taken."""
    ids = [int(token) for token in top_k(scored.logits[i], ROWS).ids]
    if scored.factors.ids[i] not in ids:
        ids.append(scored.factors.ids[i])
    return tuple(ids), tuple(load(choice.model).tokenizer.labels(ids))
