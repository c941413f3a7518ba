"""The least that Streamlit can do: one fragment with one slider. What every page is measured against."""

import streamlit as st


@st.fragment
def bare() -> None:
    st.write(f"The slider is at {st.slider('Slider', 0, 100, 50)}.")


bare()
