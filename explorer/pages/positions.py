"""Positions: the code's waves, both readings of its formula, why it works, and what a model does without it."""

import streamlit as st

from explorer.ui.controls import show_device
from explorer.ui.lessons import lesson
from explorer.ui.page import run_choice, show_heading
from explorer.ui.positions import PAGE, choose_view
from explorer.ui.positions_board import show_board
from explorer.ui.positions_model import show_replaced
from explorer.ui.positions_scores import show_scores
from explorer.ui.positions_shuffle import show_shuffle
from explorer.ui.positions_sum import show_sum
from explorer.ui.positions_waves import show_waves
from explorer.ui.positions_why import choose_part, show_products, show_rotation
from explorer.ui.provenance import STYLE
from explorer.ui.session import current_choice
from explorer.ui.standing_by import keep_pictures

PICTURES = {
    "waves": "position_waves",
    "board": "readings",
}


@st.fragment
def show_formula(view: str) -> None:
    """What follows from a formula: it needs no model, and does not wait for one."""
    keep_pictures(PAGE, view, PICTURES)
    show_waves() if view == "waves" else show_board()


choice = current_choice()
show_heading("Positions", lesson(PAGE, "lead"))
st.html(STYLE)
view = choose_view()
if view in PICTURES:
    show_formula(view)
    show_device()
elif view == "why":
    part = choose_part()
    if part == "scores":
        show_scores(choice, run_choice(choice))
    else:
        show_rotation() if part == "rotation" else show_products()
        show_device()
elif view == "model":
    run = run_choice(choice)
    show_replaced(choice, run)
    show_shuffle(choice, run)
else:
    show_sum(choice, run_choice(choice))
