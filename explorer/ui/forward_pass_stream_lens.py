"""The logit lens: what the model would say after each block, at one position and at all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.contributions import Measure, logit_is_a_sum
from explorer.analysis.logit_lens import LensMap, lens_logits, lens_map, rank_of
from explorer.analysis.predictions import largest, softmax
from explorer.components.token_grid import TokenCell, token_grid
from explorer.limits import CACHED_FACTORS
from explorer.ui.bounded import BoundedCache
from explorer.ui.cache import load, run_key
from explorer.ui.forward_pass_stream_choices import PAGE, select_position, select_token
from explorer.ui.lessons import lesson
from explorer.ui.literal import token_name
from explorer.ui.queue import place
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run

PLACES = ("first", "second", "third", "fourth", "fifth")
_maps: BoundedCache[LensMap] = BoundedCache(CACHED_FACTORS, lambda found: found.nbytes, place=place)


def show_lens(choice: Choice, run: Run, position: int, measure: Measure) -> None:
    st.subheader("What it would say after each block", anchor=False)
    config = run.entry.config
    norms = "pre" if config.final_norm else "post" if config.norm_position == "post" else "bare"
    sections = ["lens", f"lens {norms}"]
    if config.output_transform != "none":
        sections[1] = "lens transform"
    if config.output_scale:
        sections.append("lens scale")
    st.markdown(" ".join(lesson(PAGE, section) for section in sections))
    _show_position(choice, run, position, measure.token)
    _show_map(choice, run, position, measure.token)


def _show_position(choice: Choice, run: Run, position: int, token: int) -> None:
    """The most probable tokens at every depth, and what becomes of the chosen one."""
    logits = lens_logits(run, load(choice.model).model, position)
    p, ranks = softmax(logits), rank_of(logits, token)
    best = np.stack([largest(row, len(PLACES)) for row in p])
    label = load(choice.model).tokenizer.label
    cells = [
        [
            *(TokenCell(label(int(t)), float(p[n, t]), int(t), int(t) == token) for t in best[n]),
            TokenCell(f"rank {ranks[n]:,}", float(p[n, token]), token, True),
        ]
        for n in range(len(p))
    ]
    name = token_name(run.tokens.labels[position])
    pick = "lens pick" if logit_is_a_sum(run.entry.config) else "lens follow"
    st.markdown(
        f"**At position {position + 1}**, which reads {name}: the {best.shape[1]} most probable of {p.shape[1]:,} "
        f"tokens, and the chosen one. {lesson(PAGE, pick)}"
    )
    token_grid(
        _depths(len(p)),
        [*(["first", "second", "third", "fourth", "fifth"][: best.shape[1]]), label(token)],
        cells,
        key="lens_position",
        title=f"The most probable tokens at position {position + 1} after each block",
        corner="stopped after",
        numbers=True,
        on_pick=lambda row, column: select_token(cells[row][column].token_id),
    )


def _show_map(choice: Choice, run: Run, position: int, token: int) -> None:
    """The first choice at every depth and position; the chosen token in bold wherever it is one."""
    found = _maps.get(run_key(choice), lambda: _compute(choice, run))
    labels = dict(zip(found.ids.flat, load(choice.model).tokenizer.labels(found.ids.ravel().tolist()), strict=True))
    cells = [
        [TokenCell(labels[t], float(p), int(t), int(t) == token) for t, p in zip(ids, row, strict=True)]
        for ids, row in zip(found.ids, found.probabilities, strict=True)
    ]
    side = "decoder" if run.entry.config.has_decoder else "encoder"
    st.markdown(
        f"**At every position**, the first choice. {lesson(PAGE, f'lens {side}')} {lesson(PAGE, 'lens map pick')}"
    )
    token_grid(
        _depths(len(cells)),
        run.tokens.labels,
        cells,
        key="lens_map",
        title="The most probable token after each block, at every position",
        corner="stopped after",
        tokens=True,
        picked=position,
        on_pick=lambda row, column: select_position(column),
    )


def _compute(choice: Choice, run: Run) -> LensMap:
    """With a vocabulary of 50,000 tokens, that takes seconds."""
    with st.spinner("Asking every state of every position for its first choice."):
        return lens_map(run, load(choice.model).model)


def _depths(n: int) -> list[str]:
    return ["embedding", *(f"layer {layer}" for layer in range(1, n))]
