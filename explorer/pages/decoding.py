"""Decoding: from the model's distribution to a text, by filters and dice, by beam search, or by the visitor's hand."""

import streamlit as st

from explorer.ui.decoding import STYLE, choose_view, show_view
from explorer.ui.lessons import lesson
from explorer.ui.page import open_page
from explorer.ui.provenance import STYLE as PROVENANCE_STYLE

choice, run = open_page("Decoding", lesson("decoding", "lead"))


@st.fragment
def show() -> None:
    show_view(choose_view(run.entry.config), choice, run)


st.html(PROVENANCE_STYLE)
st.html(STYLE)
show()
