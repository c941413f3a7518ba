"""A page with a title and one canvas, served as the explorer is: the least that a first visit can take."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from explorer.server.sockets import send_at_once
from explorer.server.static_files import FilesInMemory

STREAMLIT = Path(st.__file__).parent / "static" / "static"
DRAW = """
export default ({ parentElement }) => {
  const canvas = parentElement.querySelector('canvas');
  canvas.getContext('2d').fillRect(0, 0, canvas.width, canvas.height);
};
"""


def main() -> None:
    st.title("A picture")
    st.components.v2.component("picture", html='<canvas width="400" height="300"></canvas>', js=DRAW)()


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    send_at_once()
    yield


if __name__ == "__main__":
    main()
else:
    app = st.App(__file__, lifespan=lifespan, middleware=[Middleware(FilesInMemory, folder=STREAMLIT)])
