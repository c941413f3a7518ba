"""The lines of NumPy that compute one number, and their result beside the running model's own."""

from __future__ import annotations

import numpy as np
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String

from explorer.analysis.provenance import Provenance
from explorer.components.base import declare, number_for_browser

# How kinds of words look; all else is plain. The names are classes in numpy_check.css.
LOOKS = {
    "quiet": (Comment, Operator, Punctuation),
    "known": (Keyword, Number, Name.Builtin, Name.Function),
    "text": (String,),
}
LEXER = PythonLexer(ensurenl=False)


def numpy_check(found: Provenance, *, key: str, whose: str = "The model") -> None:
    """Draw the code, which can be copied, and the comparison; ``whose`` says who else has computed the number.

    A component of its own: the first block of code in Streamlit's Markdown loads 1.6 MB, and takes a third of a
    second before anything else on the page is drawn.
    """
    data = {
        "code": coloured(found.code),
        "whose": whose,
        "result": f"{found.result:.9g}",
        "shown": str(np.float32(found.shown)),
        "difference": number_for_browser(found.difference),
        "agrees": found.agrees,
        "source": f"{whose}'s number is {found.source}.",
    }
    declare("numpy_check")(key=key, data=data)


def coloured(code: str) -> list[tuple[str, str]]:
    """The code in pieces, each with how it looks: a name in ``LOOKS``, or "".

    >>> coloured("y = 2  # two")
    [('', 'y '), ('quiet', '='), ('', ' '), ('known', '2'), ('', '  '), ('quiet', '# two')]
    """
    pieces: list[tuple[str, str]] = []
    for kind, text in LEXER.get_tokens(code):
        look = next((look for look, kinds in LOOKS.items() if any(kind in each for each in kinds)), "")
        if pieces and pieces[-1][0] == look:
            text = pieces.pop()[1] + text
        pieces.append((look, text))
    return pieces
