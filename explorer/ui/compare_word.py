"""The view "One word changed": which states move in each machine, layer by layer, and which stay the same bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.provenance import tex
from explorer.analysis.state_changes import Alignment, align, largest_changes, relative_change
from explorer.analysis.words import Word, replace_word
from explorer.components.state_changes import ChangeMap, Machine, state_changes
from explorer.ui.compare import PAGE, TITLES, choose_machines, choose_word, type_sentence, type_text
from explorer.ui.compare_runs import another_word, attempt, choice_of, states_of, text_of
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal, token_name
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run, Tokens


@dataclass(frozen=True)
class Change:
    """What became of one stack's states."""

    kind: str  # "encoder" or "decoder"
    alignment: Alignment
    relative: np.ndarray  # [row, position]
    largest: np.ndarray  # [position], of any number of the state, in any row
    rows: tuple[str, ...]
    labels: tuple[str, ...]  # of the tokens before the change
    n_numbers: int  # of one position's states


def show_word(choice: Choice) -> None:
    """Draw the picks, the word and what takes its place; then all states' changes in one picture, and in words."""
    st.markdown(lesson(PAGE, "word"))
    machines = choose_machines(choice)
    sentence, which, instead = st.columns([3, 1, 1], gap="medium", vertical_alignment="bottom")
    with sentence:
        text = type_sentence(choice, machines)
    with which:
        chosen = choose_word(text, "word", "Change the word")
    if chosen is None:
        _say_why_no_word(machines, text)
        return
    with instead:
        new = _type_new(machines, text, chosen[1])
    if not new.strip():
        st.info("Type the word that is to stand there instead.")
        return
    other = replace_word(text, chosen[1], new.strip())
    st.markdown(f"“{literal(text)}”  \n“{literal(other)}”")
    found = {key: changes_of(name, text, other) for key, name in machines.items()}
    state_changes(
        [Machine(TITLES[key], () if isinstance(each, str) else _maps(each), each if isinstance(each, str) else "")
         for key, each in found.items()],
        key="state_changes",
        title="How far each state moved when one word was changed",
    )  # fmt: skip
    for (key, each), place in zip(found.items(), st.columns(len(found), gap="medium"), strict=True):
        if not isinstance(each, str):
            place.markdown("\n\n".join(_sentence(change, key) for change in each))
    st.caption(lesson(PAGE, "word numbers"))


def changes_of(model: str, text: str, other: str) -> list[Change] | str:
    """What moves in each stack between two texts; a translator's decoder reads the same target both times.

    That target is what the translator makes of the first text. Or one sentence, where a text cannot be run.
    """
    before, target = attempt(choice_of(model, text)), ""
    if isinstance(before, str):
        return before
    if before.source and (target := text_of(before)):
        before = attempt(choice_of(model, text, target))  # typed: cut into tokens as the second time
    after = before if isinstance(before, str) else attempt(choice_of(model, other, target))
    for each in (before, after):
        if isinstance(each, str):
            return each
    kinds = ["encoder"] if before.entry.config.has_encoder else []
    if before.entry.config.has_decoder and (target or not before.source):
        kinds.append("decoder")
    return [_change(before, after, kind) for kind in kinds]


def _change(before: Run, after: Run, kind: str) -> Change:
    tokens: Tokens = before.queries(kind)
    alignment = align(tokens.ids, after.queries(kind).ids)
    (one, rows), (other, _) = states_of(before, kind), states_of(after, kind)
    return Change(
        kind=kind,
        alignment=alignment,
        relative=relative_change(one, other, alignment),
        largest=largest_changes(one, other, alignment),
        rows=rows,
        labels=tokens.labels,
        n_numbers=one.shape[0] * one.shape[2],
    )


def _type_new(machines: dict[str, str], text: str, word: Word) -> str:
    default = another_word(machines.get("bert"), text, word)
    return type_text("into", "new", default, lines=False)


def _say_why_no_word(machines: dict[str, str], text: str) -> None:
    """A text without a word: each machine says in its column what it thinks of it."""
    problems = {key: attempt(choice_of(name, text)) for key, name in machines.items()}
    sentences = {
        key: each if isinstance(each, str) else "There is no word to change." for key, each in problems.items()
    }
    state_changes(
        [Machine(TITLES[key], (), each) for key, each in sentences.items()],
        key="state_changes",
        title="Nothing to show",
    )


def _maps(changes: list[Change]) -> tuple[ChangeMap, ...]:
    titles = {"encoder": "encoder states", "decoder": "decoder states"}
    pair = len(changes) > 1
    return tuple(
        ChangeMap(
            titles[change.kind] + (" (same target both times)" if pair and change.kind == "decoder" else ""),
            change.relative,
            change.rows,
            change.labels,
            (change.alignment.start, change.alignment.end_before),
            0 if change.kind == "encoder" or pair else change.alignment.start,
        )
        for change in changes
    )


def _sentence(change: Change, key: str) -> str:
    """What the picture says, in numbers."""
    if change.kind == "decoder" and key == "translator":
        return _same_target(change)
    at, largest = change.alignment, change.largest
    n_before = at.start
    if at.start == at.n_before == at.n_after:
        return "The two texts are the same tokens: nothing moves."
    who = "Encoder-decoder, encoder" if key == "translator" else TITLES[key].partition(":")[0]
    lines = [f"**{who}.** {_which_tokens(change)}"]
    moved = int(np.count_nonzero(np.nan_to_num(largest[:n_before])))
    most = float(largest[:n_before].max(initial=0.0))
    if change.kind == "decoder":
        rounding = "" if most == 0 else " (rounding: passes of different lengths add in another order)"
        exactly = "exactly " if most == 0 else ""
        lines.append(
            f"**Before the change**, over {n_before} positions with {change.n_numbers:,} numbers each, the largest "
            f"difference is {exactly}${tex(most)}${rounding}."
        )
    else:
        lines.append(
            f"**Before the change**, {moved} of {n_before} positions move, their numbers by up to ${tex(most)}$."
        )
    behind = largest[at.end_before :]
    if len(behind):
        lines.append(
            f"**Behind it**, {np.count_nonzero(behind)} of {len(behind)} move, by up to ${tex(behind.max())}$."
        )
    return " ".join(lines)


def _which_tokens(change: Change) -> str:
    at = change.alignment
    if at.same_length:
        which = ", ".join(token_name(change.labels[i]) for i in range(at.start, min(at.end_before, at.start + 4)))
        more = "" if at.end_before - at.start <= 4 else " …"
        only = at.end_before == at.start + 1
        where = f"position {at.start + 1}" if only else f"positions {at.start + 1} to {at.end_before}"
        return f"The change is at {where} of {at.n_before}: {which}{more}."
    old, new = at.end_before - at.start, at.end_after - at.start
    return (
        f"The change makes {at.n_before} tokens {at.n_after}: {old} of them gave way to {new} others. The {at.start} "
        f"before and the {at.n_before - at.end_before} behind are compared, each with itself; the changed ones have no "
        "partner."
    )


def _same_target(change: Change) -> str:
    inside = change.relative[1:]
    n, moved = len(change.labels), int(np.count_nonzero(inside.max(axis=0)))
    same = (
        f"**Encoder-decoder, decoder.** Its {n} target tokens are the same both times, so x is too: it moves by "
        f"${tex(float(change.relative[0].max()))}$."
    )
    if not moved:
        return f"{same} So does all above it."
    return (
        f"{same} From layer 1 on, {moved} of {n} positions move, by up to ${tex(float(inside.max()))}$ of their "
        "length: the change comes in through cross-attention."
    )
