"""A page of Streamlit's own elements and nothing of ours: as many as the address asks for, and one slider.

``?n=30`` is how many short lines there are besides; ``&whole=1``: the slider runs the whole page, not its fragment.
"""

import streamlit as st

n = int(st.query_params.get("n", 0))
whole = "whole" in st.query_params


def show() -> None:
    value = st.slider("Value", 0, 100, 50)
    for i in range(n):
        st.markdown(f"Line {i + 1}" if i else f"Line 1: ${value}$")


if whole:
    show()
else:
    st.fragment(show)()
