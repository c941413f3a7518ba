"""The router and the frame: `streamlit run app.py` starts here."""

from pathlib import Path

import streamlit as st

from explorer.ui.cache import warm_up
from explorer.ui.controls import draw_sidebar

PAGES = {
    "home": "Home",
    "attention_heads": "Attention heads",
    "attention_steps": "Self-attention, step by step",
}


def main() -> None:
    st.set_page_config(page_title="Transformer Explorer", page_icon=":material/hub:", layout="wide")
    warm_up()
    page = st.navigation(_pages(), position="top")
    with st.sidebar:
        draw_sidebar()
    page.run()


def _pages() -> list:
    folder = Path(__file__).parent / "explorer" / "pages"
    return [
        st.Page(folder / f"{name}.py", title=title, url_path=name, default=name == "home")
        for name, title in PAGES.items()
        if (folder / f"{name}.py").is_file()
    ]


main()
