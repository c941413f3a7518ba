"""Made-up languages with an exact rule, for models small enough to be checked by hand.

A recipe names them in place of files: "made:reverse.source". The lines are all there are, in a fixed order; every
seventh is held out for validation, so that a model must have learned the rule and not the lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

WORDS = ("bird", "cat", "dog", "fish", "moon", "star", "sun", "tree")
PREFIX = "made:"
HELD_OUT = 7


def made_lines(name: str) -> list[str]:
    """The lines of "made:LANGUAGE.SIDE.SPLIT"; ValueError if there is no such language, side or split.

    reverse   source and target: one to four words, and the same words from the last to the first
    song      three words, sung three times
    mirror    three words, and the same words from the last to the first
    """
    parts = name.removeprefix(PREFIX).split(".")
    if len(parts) == 3 and tuple(parts[:2]) in _LINES and parts[2] in ("train", "validation"):
        lines = _LINES[parts[0], parts[1]]()
        held_out = parts[2] == "validation"
        return [line for i, line in enumerate(lines) if (i % HELD_OUT == 0) == held_out]
    names = ", ".join(sorted(f"{PREFIX}{'.'.join(key)}.train" for key in _LINES))
    raise ValueError(f"there is no {name!r}; there are {names}, and .validation in place of .train")


def _texts(*lengths: int) -> list[Sequence[str]]:
    return [words for n in lengths for words in product(WORDS, repeat=n)]


_LINES = {
    ("reverse", "source"): lambda: [" ".join(words) for words in _texts(1, 2, 3, 4)],
    ("reverse", "target"): lambda: [" ".join(words[::-1]) for words in _texts(1, 2, 3, 4)],
    ("song", "text"): lambda: [" ".join(words * 3) for words in _texts(3)],
    ("mirror", "text"): lambda: [" ".join([*words, *words[::-1]]) for words in _texts(3)],
}
