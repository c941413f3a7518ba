"""Self-attention, step by step: nine steps from x_i to the residual stream, every number of which can be asked."""

import streamlit as st

from explorer.analysis.attention_layer import read_layer
from explorer.analysis.attention_steps import board as make_board
from explorer.analysis.numbers import provenance
from explorer.analysis.place import Place
from explorer.components.number_board import number_board
from explorer.ui.cache import load
from explorer.ui.gaps import gaps_of
from explorer.ui.lessons import lesson
from explorer.ui.page import open_page
from explorer.ui.provenance import STYLE, choose_number, current_pick, set_pick, show_provenance
from explorer.ui.steps import (
    choose_form,
    choose_positions,
    choose_step,
    draw_step_buttons,
    show_formula,
    show_options,
    step_words,
)

choice, run = open_page("Self-attention, step by step", lesson("attention_steps", "lead"))


@st.fragment
def show_steps() -> None:
    layer = read_layer(run, load(choice.model).model, choice.kind, choice.layer)
    step = choose_step(layer)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        draw_step_buttons(layer)
        i, j = choose_positions(layer, gaps_of(choice.model, run.queries(choice.kind).ids))
        form = choose_form()
    with st.container(key="formula"):
        show_formula(layer, step, form)
    picture, panel = st.columns([3, 2], gap="medium")
    with picture:
        st.markdown(f"**{step.title}.** {step_words(layer, step, form)}")
        weights, compare = show_options(layer, step)
        board = make_board(layer, Place(choice.head, i, j, weights, compare), step.name, form)
        context = (step.name, form, weights, compare)
        pick = current_pick(board, context)
        title = f"{step.title}: query {i + 1}, key {j + 1}"
        number_board(board, key="number_board", title=title, picked=pick, on_pick=lambda new: set_pick(context, new))
    with panel, st.container(key="provenance"):
        block = board.blocks[pick[0]]
        show_provenance(provenance(layer, choice.head, block.name, block.index_at(*pick[1:])))
        choose_number(board, context, pick)


st.html(STYLE)
show_steps()
