"""The frame of the page Models: which models were added, how to add one, and those that come with the explorer."""

from __future__ import annotations

import streamlit as st

from explorer.ui.controls import show_device
from explorer.ui.lessons import lesson
from explorer.ui.models_folder import add_from_folder
from explorer.ui.models_hub import add_by_name, add_from_list
from explorer.ui.models_list import show_added, show_own
from explorer.ui.url import choose_in_url

PAGE = "models"
WAYS = {"list": "From a list", "name": "By its name", "folder": "From a folder"}
ADD = {"list": add_from_list, "name": add_by_name, "folder": add_from_folder}


def show_models() -> None:
    show_added()
    show_own()
    st.subheader("Add a model", anchor=False)
    st.markdown(lesson(PAGE, "network"))
    way = choose_in_url("from", WAYS, "Where from")
    st.caption(lesson(PAGE, way))
    ADD[way]()
    show_device()
