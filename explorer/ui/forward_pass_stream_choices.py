"""Which position, which token, and beside what its logit is measured: in the URL, counted from 1."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.analysis.contributions import Measure
from explorer.analysis.predictions import softmax, top_k
from explorer.figures.style import significant
from explorer.ui.cache import load
from explorer.ui.gaps import gaps_of
from explorer.ui.literal import literal, token_name
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.run import Run

PAGE = "residual_stream"
POSITION, TOKEN = "stream_position", "stream_token"  # session keys, also in the URL
AGAINST, OTHER = "measure", "against_token"
OF_MODEL = "_stream_model"  # session key: whose tokens they are
SAID, RIVAL = "said", "rival"  # the tokens that go along with the position
USUAL = {SAID: "the one that the text or the model says", RIVAL: "the strongest rival"}
MEASURES = {"nothing": "nothing: the logit", "mean": "the mean of all logits", "token": "another token's logit"}
TOP = 20  # tokens to choose from
LONGEST = 40  # characters of a typed token
TYPED = "Or type any other word: its first token is taken."


def choose_position(choice: Choice, run: Run, place: DeltaGenerator) -> int:
    """Draw the select box of positions; returns it counted from 0."""
    labels = run.tokens.labels
    numbers, default = range(1, len(labels) + 1), _telling_position(choice, run) + 1
    take_from_url(POSITION, numbers, default)
    place.selectbox(
        f"Position (of {len(labels)})", numbers, key=POSITION, format_func=lambda n: f"{n}  {labels[n - 1]}"
    )
    put_into_url(POSITION, default)
    return st.session_state[POSITION] - 1


def choose_measure(
    choice: Choice, run: Run, position: int, places: Sequence[DeltaGenerator], apart: bool = True
) -> Measure:
    """Draw the select boxes of the token, of what it is measured against, and of the other token where there is one.

    Where the logit cannot be taken ``apart``, the token is all there is to choose.
    """
    _forget_tokens_of_others(choice.model)
    logits = run.trace.logits[position]
    said = said_at(run, position)
    token = _choose_token(choice, logits, places[0], TOKEN, "Token", SAID, said, _why_said(run, position))
    if not apart:
        return Measure(token)
    take_from_url(AGAINST, list(MEASURES), "nothing", "the logit")
    places[1].selectbox("Its logit, minus", list(MEASURES), key=AGAINST, format_func=MEASURES.get)
    put_into_url(AGAINST, "nothing")
    against = st.session_state[AGAINST]
    if against != "token" or len(logits) == 1:
        return Measure(token, against if len(logits) > 1 else "nothing")
    best = top_k(logits, 2).ids
    rival = int(best[0] if best[0] != token else best[1])
    other = _choose_token(choice, logits, places[2], OTHER, "The other token", RIVAL, rival, "strongest rival")
    return Measure(token, against, other)


def said_at(run: Run, position: int) -> int:
    """The token that a position stands for: what comes next in the text, else the model's first choice."""
    after = run.tokens.ids[position + 1 : position + 2]
    return after[0] if after and run.entry.config.has_decoder else int(run.trace.logits[position].argmax())


def select_position(position: int) -> None:
    """From a component's callback; counted from 0."""
    st.session_state[POSITION] = position + 1


def select_token(token: int) -> None:
    st.session_state[TOKEN] = token


def _forget_tokens_of_others(model: str) -> None:
    """An id means another token in another model."""
    if st.session_state.get(OF_MODEL, model) != model:
        for key in (TOKEN, OTHER):
            st.session_state.pop(key, None)
            st.query_params.pop(key, None)
    st.session_state[OF_MODEL] = model


def _why_said(run: Run, position: int) -> str:
    comes_next = run.entry.config.has_decoder and position + 1 < len(run.tokens)
    return "next in the text" if comes_next else "first choice"


def _choose_token(
    choice: Choice,
    logits: np.ndarray,
    place: DeltaGenerator,
    key: str,
    label: str,
    usual: str,
    usual_token: int,
    why: str,
) -> int:
    """A select box of the most probable tokens; ``usual`` is the option that follows the position."""
    _read_typed(choice, key, usual)
    best = [int(token) for token in top_k(logits, TOP).ids]
    ids = list(dict.fromkeys([*best, *_asked_for(key, len(logits))]))
    take_from_url(key, [usual, *ids], usual, USUAL[usual])
    names = dict(zip([usual_token, *ids], load(choice.model).tokenizer.labels([usual_token, *ids]), strict=True))
    words = partial(_words, names, softmax(logits), usual, usual_token, why)
    shown = f"top {TOP} of {len(logits):,}" if len(logits) > TOP else f"all {len(logits)}"
    place.selectbox(
        f"{label} ({shown})", [usual, *ids], key=key, format_func=words, accept_new_options=True, help=TYPED
    )
    put_into_url(key, usual)
    chosen = st.session_state[key]
    return usual_token if chosen == usual else chosen


def _read_typed(choice: Choice, key: str, usual: str) -> None:
    """Put a token in the place of what was typed into its box; say so where it is not all of it."""
    typed = st.session_state.get(key)
    if not isinstance(typed, str) or typed == usual:
        return
    st.session_state[key] = usual
    if len(typed) > LONGEST:
        st.caption(f"That has {len(typed):,} characters, and a token is much shorter: nothing was chosen.")
        return
    tokenizer = load(choice.model).tokenizer
    try:
        ids = [tokenizer.special_ids[typed]] if typed in tokenizer.special_ids else tokenizer.encode_after(typed)
    except ValueError as error:
        st.caption(f"{literal(str(error))}.")
        return
    if not ids:
        st.caption("There is no token in that: nothing was chosen.")
        return
    st.session_state[key] = ids[0]
    if len(ids) > 1:
        pieces = " ".join(map(token_name, tokenizer.labels(ids)))
        st.caption(f"“{literal(typed)}” is {len(ids)} tokens, {pieces}: here is the first.")


def _words(names: dict, p: np.ndarray, usual: str, usual_token: int, why: str, option: str | int) -> str:
    if isinstance(option, str) and option != usual:
        return option  # being typed
    token = usual_token if option == usual else option
    return f"{names[token]}  {significant(float(p[token]))}" + (f"  ({why})" if option == usual else "")


def _asked_for(key: str, vocab_size: int) -> list[int]:
    """Tokens that the session or the URL names, however improbable they are."""
    wanted = (st.session_state.get(key), st.query_params.get(key, ""))
    texts = [str(each) for each in wanted]
    known = (text for text in texts if text.isascii() and text.isdecimal() and len(text) < 9)
    return [int(text) for text in known if int(text) < vocab_size]


def _telling_position(choice: Choice, run: Run) -> int:
    """A gap if there is one; in a GPT the last; in a translation one in the middle, where both texts have a say."""
    if gaps := gaps_of(choice.model, run.tokens.ids):
        return gaps[0]
    return len(run.tokens) // 2 if run.source or not run.entry.config.has_decoder else len(run.tokens) - 1
