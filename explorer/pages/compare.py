"""Compare: one sentence through three machines, one word of it changed, and any two heads beside each other."""

import streamlit as st

from explorer.ui.compare import PAGE, choose_view
from explorer.ui.compare_heads import show_heads
from explorer.ui.compare_machines import show_machines
from explorer.ui.compare_word import show_word
from explorer.ui.controls import show_device
from explorer.ui.lessons import lesson
from explorer.ui.page import show_heading
from explorer.ui.session import current_choice
from explorer.ui.standing_by import keep_pictures

SHOW = {"machines": show_machines, "word": show_word, "heads": show_heads}

PICTURES = {"machines": "parts", "heads": "distances"}


@st.fragment
def show() -> None:
    view = choose_view()
    keep_pictures(PAGE, view, PICTURES)
    SHOW[view](current_choice())


show_heading("Compare", lesson(PAGE, "lead"))
show()
show_device()
