"""Parameters: one attention layer term by term, the whole model array by array, what it costs, and how to build it."""

import streamlit as st

from explorer.ui.controls import show_device
from explorer.ui.lessons import lesson
from explorer.ui.page import show_heading
from explorer.ui.parameters import show_parameters

show_heading("Parameters", lesson("parameters", "lead"))
st.fragment(show_parameters)()
show_device()
