"""The words of a text as a reader sees them, whatever a model cuts it into; and one of them replaced."""

from __future__ import annotations

import re
from dataclasses import dataclass

MASKS = ("[MASK]", "<mask>")  # a gap, as a BERT or a RoBERTa writes it: one word
_WORD = re.compile("|".join(map(re.escape, MASKS)) + r"|\w+(?:['’-]\w+)*")
_PIECE = re.compile(r"\S+")  # where nothing is a word: signs between spaces


@dataclass(frozen=True)
class Word:
    """One word, and where it stands: ``text[start:end]``."""

    text: str
    start: int
    end: int


def words_of(text: str) -> tuple[Word, ...]:
    """All words in order, without the punctuation around them; of a text without letters, what stands between spaces.

    >>> [word.text for word in words_of("The dog's ball, again.")]
    ['The', "dog's", 'ball', 'again']
    """
    found = list(_WORD.finditer(text)) or list(_PIECE.finditer(text))
    return tuple(Word(each.group(), each.start(), each.end()) for each in found)


def replace_word(text: str, word: Word, new: str) -> str:
    """The text with ``new`` in the place of a word of it, all else as it was.

    >>> replace_word("A dog.", words_of("A dog.")[1], "cat")
    'A cat.'
    """
    return text[: word.start] + new + text[word.end :]
