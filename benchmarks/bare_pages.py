"""Two pages of Streamlit's own elements and nothing of ours, with a row of links to them.

``?n=30`` is how many elements each has: of six, four are words, one chooses, and one is a formula.
"""

from functools import partial

import streamlit as st


def show(name: str) -> None:
    for i in range(st.session_state["n"]):
        if i % 6 == 2:
            st.selectbox(f"Choice {i + 1} of {name}", ("one", "two"))
        elif i % 6 == 4:
            st.markdown(f"${name}_{{{i + 1}}} = x$")
        else:
            st.markdown(f"Line {i + 1} of {name}")


st.session_state.setdefault("n", int(st.query_params.get("n", 1)))  # the address forgets it on the way
pages = [st.Page(partial(show, name), title=name, url_path=name, default=name == "A") for name in "AB"]
st.navigation(pages, position="top").run()
