"""One label per id of a model's vocabulary: readable, and different for different ids."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from explorer.model.token_labels import bytes_of, readable

_SPACE = {"bytes": "Ġ", "▁": "▁"}  # how they write a space
_SIMPLE = re.compile(r"[!-;=-~]+")  # visible ASCII that no code begins with: most of every vocabulary
BYTES, SPACE, PLAIN = "bytes", "▁", ""  # how a vocabulary writes its tokens: see ``label_all``


def label_all(tokens: Sequence[str | None], special: Collection[str], marks: str) -> list[str]:
    """The labels of a vocabulary.

    Parameters
    ----------
    tokens
        The token of each id, from 0 on; None where the model has a row for an id that no token has.
    special
        Tokens that stand for themselves, such as "<s>" or "[MASK]".
    marks
        BYTES: tokens are bytes, each written as one character (byte-level BPE); SPACE: "▁" is a space (sentencepiece);
        PLAIN: tokens are written as they are, "##ing" for a piece that goes on inside a word (WordPiece).
    """
    labels = [_label(i, token, special, marks) for i, token in enumerate(tokens)]
    count = Counter(labels)
    if len(count) == len(labels):
        return labels
    taken = set(labels)
    for i, label in enumerate(labels):  # two tokens that look the same: the later ones say which they are
        if count[label] > 1 and label in taken:
            taken.remove(label)  # the first keeps it
            count[label] = -count[label]
        elif count[label] < 0:
            labels[i] = _apart(label, i, taken, count)
    return labels


def _label(token_id: int, token: str | None, special: Collection[str], marks: str) -> str:
    if token is None:
        return f"<unused {token_id}>"
    if not token:
        return f"<empty {token_id}>"
    if token in special and token.isprintable() and token == token.strip():
        return token
    word = token.removeprefix(_SPACE.get(marks, " "))
    if _SIMPLE.fullmatch(word):  # as ``readable`` would have it, only faster
        return word if word == token else f"␣{word}"
    if marks == BYTES:
        try:
            return readable(bytes_of(token), special)
        except KeyError:  # added later, and not written in bytes
            return readable(token.encode("utf-8", "replace"), special)
    text = token.replace("▁", " ") if marks == SPACE else token
    return readable(text.encode("utf-8", "replace"), special)


def _apart(label: str, token_id: int, taken: set[str], count: Counter[str]) -> str:
    """A label with its id, as often as it takes to be no other's."""
    label = f"{label} (id {token_id})"
    while label in taken or label in count:
        label += "′"
    taken.add(label)
    return label
