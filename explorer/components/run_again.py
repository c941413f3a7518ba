"""Nothing to see: runs the whole page again when its server or its theme has become another.

The server that a browser finds after it has lost one may know nothing of the page: it has forgotten it after a while,
has been started anew, or is another copy. Streamlit then leaves the page as it is, and each control inside a fragment
does nothing when it is moved, since the new session has no such fragment yet. One run of the whole page, with all that
stands in the URL and on the controls, makes the session anew.

The colours inside formulas and charts are the server's: Streamlit tells it of another theme with the next run only.
"""

from __future__ import annotations

from explorer.components.base import declare_unseen

KEY = "run_again"


def run_again() -> None:
    """Draw it, once a page and outside all fragments; frame.css takes its place away."""
    declare_unseen(KEY)(key=KEY, on_why_change=lambda: None)
