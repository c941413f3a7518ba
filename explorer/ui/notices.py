"""What the address asks for and is not there: said in one place, below the page's first sentence.

Where the control itself stands there is often no room for a sentence.
"""

from __future__ import annotations

import streamlit as st

PLACE = "_notices"  # session key: where this page's notices go


def make_room() -> None:
    """Here come the page's notices; what is drawn while there are none takes no room."""
    st.session_state[PLACE] = st.container(gap="xxsmall")


def notice(text: str) -> None:
    st.session_state.get(PLACE, st).caption(text)


def not_there(key: str, shown: object) -> None:
    """Say that the address has another value for ``key`` than there is, and what is shown instead.

    What the address says is not repeated: a caption is Markdown, and a crafted one could have it fetch a picture.
    """
    words = WORDS.get(key, key.replace("_", " "))
    notice(f"The address asks for {'an' if words[0] in 'aeio' else 'a'} {words} that is not there: showing {shown}.")


WORDS = {
    "n": "number n",
    "k": "number k",
    "axes": "kind of axes",
    "gpt": "GPT",
    "bert": "BERT",
    "gap": "word to hide",
    "at_layer": "layer",
    "at_head": "head",
    "stream_position": "position",
    "stream_token": "token",
    "against_token": "token to compare with",
    "stream_part": "part",
    **{f"{what}_{side}": f"{what} of {side.upper()}" for what in ("model", "kind", "layer", "head") for side in "ab"},
}
