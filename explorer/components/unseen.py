"""Nothing to see: what acts on the whole page in the browser. One component, since each costs a page some time.

- ``parts/choice_news.js`` tells the pictures what was chosen on a control of Streamlit's, before the server has
  answered. A picture that has what it must draw then follows the hand itself, as it does for the controls inside of
  components; the answer brings the exact numbers a moment later. Each news is a JavaScript event ``explorer-choice``
  with the ``key`` of the control and the ``words`` chosen. Where Streamlit's own page changes so that nothing is told,
  the pictures wait for the answer.
- ``parts/picture_line.js`` is the browser's end of the line on which pictures come ahead of Streamlit's page: see
  ``ahead.py``. It ends in a thread of its own (a worker), so that a message waits for no other; the page hears of it as
  soon as it has finished what it does. Each message is an event ``explorer-picture`` with its place. It listens
  once the first picture is on the screen, for which the server keeps back the rest of a first visit: see
  ``first_picture.py``. Where there is no such line (an old browser, a proxy that lets no second connection through),
  every picture comes with the page, a tenth of a second later, and a first visit is whole 1.5 s after it began.
- ``parts/run_again.js`` runs the whole page again when its server or its theme has become another. The server that a
  browser finds after it has lost one may know nothing of the page: it has forgotten it after a while, has been started
  anew, or is another copy. Streamlit then leaves the page as it is, and each control inside a fragment does nothing
  when it is moved, since the new session has no such fragment yet. One run of the whole page, with all that stands in
  the URL and on the controls, makes the session anew. And the colours inside formulas and charts are the server's:
  Streamlit tells it of another theme with the next run only.
- ``parts/come_back.js`` opens the page once more where Streamlit's has broken down and left an empty window.
"""

from __future__ import annotations

import streamlit as st

from explorer.components.ahead import what_goes_ahead
from explorer.components.base import declare_unseen
from explorer.server.picture_line import address

KEY = "unseen"
PARTS = ("choice_news", "picture_line", "run_again", "come_back")


def act_unseen() -> None:
    """Draw it, once a page and outside all fragments; frame.css takes its place away."""
    path = address(st.get_option("server.baseUrlPath"), what_goes_ahead().line.name)
    declare_unseen(KEY, *PARTS)(key=KEY, data={"path": path}, on_why_change=lambda: None)
