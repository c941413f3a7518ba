"""The router and the frame: `streamlit run app.py` starts here."""

from pathlib import Path

import streamlit as st

from explorer.ui.cache import warm_up
from explorer.ui.controls import draw_sidebar
from explorer.ui.navigation import PAGES, page_exists, page_path

UI = Path(__file__).parent / "explorer" / "ui"
FRAME = UI / "frame.css"
ICON = UI / "icon.svg"  # a :material/...: icon would be fetched from the network


def main() -> None:
    st.set_page_config(page_title="Transformer Explorer", page_icon=ICON, layout="wide")
    st.html(FRAME)
    warm_up()
    pages = [
        st.Page(page_path(name), title=title, url_path=name, default=name == "home")
        for name, title in PAGES.items()
        if page_exists(name)
    ]
    page = st.navigation(pages, position="top")
    with st.sidebar:
        draw_sidebar()
    page.run()


main()
