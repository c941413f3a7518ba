"""Break it: one part of the running computation changed at a time, and random q and k of every size."""

import streamlit as st

from explorer.ui.break_it import PAGE, choose_view, show_view
from explorer.ui.lessons import lesson
from explorer.ui.page import open_page
from explorer.ui.provenance import STYLE

choice, run = open_page("Break it", lesson(PAGE, "lead"))


@st.fragment
def show() -> None:
    show_view(choose_view(), choice, run)


st.html(STYLE)
show()
