"""Another token in the place of y_i: what the model would have made of the text, and how probable it finds that."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis.factorisation_formula import tex_of_log
from explorer.analysis.provenance import tex
from explorer.ui.cache import load
from explorer.ui.literal import literal, token_name
from explorer.ui.notices import notice
from explorer.ui.scored import Scored, alternative
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run

INSTEAD, CHOSEN = "instead", "_instead"  # the name in the URL, and (where, token) in the session


def choose_alternative(choice: Choice, scored: Scored, i: int, token: int) -> None:
    """From a click on a token; on the one that was taken it means: no other."""
    st.session_state[CHOSEN] = (_place(choice, scored, i), None if token == scored.factors.ids[i] else token)


def forget_alternative() -> None:
    st.session_state[CHOSEN] = (None, None)


def current_alternative(choice: Choice, scored: Scored, i: int) -> int | None:
    """The token chosen in place of y_i, if any; the URL holds its id."""
    here, vocab_size = _place(choice, scored, i), scored.logits.shape[1]
    if CHOSEN not in st.session_state:
        wanted = st.query_params.get(INSTEAD, "")
        known = wanted.isascii() and wanted.isdecimal() and len(wanted) < 9 and int(wanted) < vocab_size
        if wanted and not known:
            notice("The address asks for another token that is not there.")
        st.session_state[CHOSEN] = (here, int(wanted) if known else None)
    place, token = st.session_state[CHOSEN]
    token = token if place == here and token != scored.factors.ids[i] else None
    if token is None:
        st.query_params.pop(INSTEAD, None)
    elif st.query_params.get(INSTEAD) != str(token):
        st.query_params[INSTEAD] = str(token)
    return token


def show_alternative(choice: Choice, run: Run, scored: Scored, i: int, token: int, bits: bool) -> None:
    """The text with that token, and how probable it is beside the text at hand."""
    other = alternative(choice, run, scored, i, token)
    name = token_name(load(choice.model).tokenizer.label(token))
    its, mine = other.factors.total_log_p, scored.factors.total_log_p
    log, unit = (r"\log_2", math.log(2)) if bits else (r"\ln", 1.0)
    if scored.is_product:
        text = f"**With {name} instead, the model goes on:** “{literal(other.text)}”"
        logs = rf"${log} p = {tex(its / unit)}$, beside ${tex(mine / unit)}$ for the text above"
        compared = rf"so it is ${tex_of_log(its - mine)}$ times as probable"
    else:
        text = f"**With {name} instead, the text reads:** “{literal(other.text)}”"
        logs = rf"$\mathrm{{PLL}} = {tex(its / unit)}$, beside ${tex(mine / unit)}$ for the text above"
        compared = "each token asked for anew"
    open_end = "" if other.finished or not scored.finished else " It was stopped before it came to an end."
    st.markdown(f"{text}  \n{logs}: {compared}.{open_end}")
    st.button("Back to the text", key="forget_alternative", on_click=forget_alternative)


def _place(choice: Choice, scored: Scored, i: int) -> tuple:
    return choice.model, choice.source, scored.factors.ids, i
