"""What the model says for the text: a translation, the next token, or what was behind each [MASK]."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.predictions import Prediction, token_probabilities, top_k
from explorer.analysis.provenance import tex
from explorer.components.token_bars import BarGroup, TokenBar, token_bars
from explorer.figures.style import significant
from explorer.ui.cache import load
from explorer.ui.gaps import gap_lesson, gap_names, gaps_of
from explorer.ui.lessons import lesson
from explorer.ui.what_it_does import is_translator, it_writes

if TYPE_CHECKING:
    from explorer.model.run import Run

TOP = 5
LONGEST = 20  # factors of a translation that are drawn; its product is that of all


def show_predictions(run: Run) -> None:
    """Draw what ``run.trace.logits`` say, in the form that the model's architecture asks for."""
    if not run.entry.config.unembedding:
        st.subheader("What it makes of the text", anchor=False)
        st.info(lesson("home", "no logits"))
        return
    show = {"encoder-decoder": _show_translation, "decoder": _show_next_token, "encoder": _show_masks}
    show[run.entry.config.architecture](run)


def _show_translation(run: Run) -> None:
    tokenizer = load(run.entry.name).tokenizer
    yours = "It reads your translation" if is_translator(run.entry) else "It reads your target"
    st.subheader(it_writes(run.entry) if run.written else yours, anchor=False)
    # The end is a factor too: without it, this would be the probability of every text that begins so.
    end = tokenizer.id_of("[EOS]")
    ids = (*run.tokens.ids[1:], end)
    probabilities = token_probabilities(run.trace.logits, ids)
    shown = ids[:LONGEST]
    bars = tuple(map(TokenBar, tokenizer.labels(shown), shown, map(float, probabilities)))
    token_bars([BarGroup(tokenizer.decode(run.tokens.ids) or "(nothing)", bars)], key="translation")
    if len(ids) > LONGEST:
        st.caption(f"The first {LONGEST} of {len(ids)} factors; the page Factorisation has them all.")
    st.markdown(
        r"$p(y \mid x) = \prod_i p(y_i \mid y_{1:i-1}, x)$" + rf"  $= {tex(probabilities.prod())}$",
    )
    st.caption(_origin(run))


def _origin(run: Run) -> str:
    if not run.written:
        return "How probable the model finds each token of the target that you typed, and that it ends there."
    if not run.finished:
        return "Written by the model itself (greedily), as far as there was room: it had not come to an end."
    return "Written by the model itself: at each step its most probable token (greedy), up to the end."


def _show_next_token(run: Run) -> None:
    st.subheader("What comes next?", anchor=False)
    prediction = top_k(run.trace.logits[-1], TOP)
    token_bars([_group("", run, prediction)], key="next_token")
    _say_share(run, prediction)


def _show_masks(run: Run) -> None:
    st.subheader("What was behind the mask?", anchor=False)
    positions = gaps_of(run.entry.name, run.tokens.ids)
    if not positions:
        st.info(gap_lesson(run.entry.name, "home", "no gap"))
        return
    predictions = [top_k(run.trace.logits[i], TOP) for i in positions]
    headings = gap_names(run.entry.name, len(positions))
    token_bars([_group(h, run, p) for h, p in zip(headings, predictions, strict=True)], key="masks")
    _say_share(run, *predictions)


def _group(heading: str, run: Run, prediction: Prediction) -> BarGroup:
    labels = load(run.entry.name).tokenizer.labels(prediction.ids.tolist())
    return BarGroup(heading, tuple(map(TokenBar, labels, prediction.ids.tolist(), prediction.probabilities.tolist())))


def _say_share(run: Run, *predictions: Prediction) -> None:
    """Nothing is cut off silently: say how many tokens there are, and what share the ones shown have."""
    shares = " and ".join(f"{significant(100 * np.sum(p.probabilities))} %" for p in predictions)
    st.caption(
        f"The {len(predictions[0].ids)} most probable of {run.entry.config.vocab_size:,} tokens; "
        f"together they have {shares} of the probability."
    )
