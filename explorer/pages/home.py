"""Home: the chosen model as the paper's Figure 1, what it says for the text, and the lecture's order."""

import streamlit as st

from explorer.components.base import sent_by
from explorer.components.figure_one import figure_one, read_door
from explorer.ui.cache import catalogue
from explorer.ui.contents import show_contents
from explorer.ui.lessons import lesson
from explorer.ui.navigation import go_to
from explorer.ui.page import run_choice, show_heading
from explorer.ui.predictions import show_predictions
from explorer.ui.session import current_choice, select_kind

FIGURE = "figure_one"

choice = current_choice()
config = catalogue()[0][choice.model].config


def open_door() -> None:
    if door := read_door(config, sent_by(FIGURE, "open")):
        select_kind(door.kind)


show_heading("Transformer Explorer", lesson("home", "lead"))
drawing, answer = st.columns([2, 1] if config.has_cross_attention else [6, 5], gap="medium")
with drawing:
    door = figure_one(config, key=FIGURE, on_open=open_door)
if door:
    go_to(door.page)
show_contents()
with answer:
    show_predictions(run_choice(choice))
