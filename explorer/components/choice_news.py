"""Nothing to see: tells the pictures what was chosen on a control of Streamlit's, before the server has answered.

A picture that has what it must draw then follows the hand itself, as it does for the controls that are drawn inside of
components; the answer brings the exact numbers a moment later. Where Streamlit's own page changes so that nothing is
told, the pictures wait for the answer.
"""

from __future__ import annotations

from explorer.components.base import declare_unseen

KEY = "choice_news"


def choice_news() -> None:
    """Draw it, once a page and outside all fragments; frame.css takes its place away.

    Each news is a JavaScript event ``explorer-choice`` with the ``key`` of the control and the ``words`` chosen.
    """
    declare_unseen(KEY)(key=KEY)
