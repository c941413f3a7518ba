"""The router and the frame: `streamlit run app.py` starts here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from explorer.components.plotly_chart import plotly_script
from explorer.components.stream import READER
from explorer.components.unseen import act_unseen
from explorer.server.after_pictures import AfterPictures
from explorer.server.early_script import EarlyScript
from explorer.server.first_picture import FirstPicture
from explorer.server.left_page import LeftPage
from explorer.server.picture_line import route, take_turns_quickly
from explorer.server.sockets import send_at_once
from explorer.server.static_files import FilesInMemory
from explorer.ui.cache import warm_up
from explorer.ui.controls import draw_sidebar
from explorer.ui.early_charts import begins_with_chart
from explorer.ui.navigation import all_pages
from explorer.ui.nested_fragments import forget_with_nested

STREAMLIT = Path(st.__file__).parent / "static" / "static"  # what it serves at /static/
UI = Path(__file__).parent / "explorer" / "ui"
FRAME = UI / "frame.css"
ICON = UI / "icon.svg"  # a :material/...: icon would be fetched from the network


def main() -> None:
    """Draw one page for one visitor; runs again whenever the visitor changes something."""
    st.set_page_config(page_title="Transformer Explorer", page_icon=ICON, layout="wide")
    st.html(FRAME)
    page = st.navigation(all_pages(), position="top")
    with st.sidebar:
        act_unseen()  # first of all: nothing else of the sidebar's is needed for the first picture
        draw_sidebar()
    page.run()


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """What happens once, when the server starts: it will send at once, and torch is there before the first visitor."""
    send_at_once()
    forget_with_nested()
    take_turns_quickly()
    warm_up()
    yield


if __name__ == "__main__":
    main()  # a visitor's run of this script
else:
    # The server imports this file and looks for `app`.
    app = st.App(
        __file__,
        lifespan=lifespan,
        routes=[route(st.get_option("server.baseUrlPath"))],
        middleware=[
            Middleware(FilesInMemory, folder=STREAMLIT, more=dict([plotly_script()])),
            Middleware(EarlyScript, path=plotly_script()[0], wanted=begins_with_chart),
            Middleware(FirstPicture, reader=READER),
            Middleware(AfterPictures, reader=READER),
            Middleware(LeftPage, reader=READER),
        ],
    )
