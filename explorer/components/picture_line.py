"""Nothing to see: the browser's end of the line on which pictures come ahead of Streamlit's page.

The line ends in a thread of its own (a worker), so that a message waits for no other; the page hears of it as soon as
it has finished what it does. Where there is no such line (an old browser, a proxy that lets no second connection
through), every picture comes with the page as well, a tenth of a second later.
"""

from __future__ import annotations

import streamlit as st

from explorer.components.ahead import what_goes_ahead
from explorer.components.base import declare_unseen
from explorer.server.picture_line import address

KEY = "picture_line"


def picture_line() -> None:
    """Draw it, once a page and outside all fragments; frame.css takes its place away.

    Each message is a JavaScript event ``explorer-picture`` with the ``place`` and its ``message``: see ahead.py.
    """
    name = what_goes_ahead().line.name
    declare_unseen(KEY)(key=KEY, data={"path": address(st.get_option("server.baseUrlPath"), name)})
