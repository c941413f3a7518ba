"""Whether a text is of the kind that a model was trained on, told from how its vocabulary cuts the words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from explorer.model.tokenizer import TextTokenizer

MANY_PIECES = 3  # byte-level BPE keeps in one or two pieces what it has seen often
SHARE = 0.25  # of the words; of the validation sentences of the bundled models, 1 to 5 % have so many


def unfamiliar_words(tokenizer: TextTokenizer, texts: Iterable[str]) -> tuple[str, ...]:
    """The words that fall into three or more tokens, each once, if they are a quarter of all words; else none.

    Such a text differs from what the vocabulary was learned from: the model has hardly seen these words. A vocabulary
    of characters or of whole words tells nothing of the kind, and answers with none.
    """
    if tokenizer.units != "bytes":
        return ()
    words = [word for text in texts for word in _words(text, tokenizer)]
    unfamiliar = [word for word in words if len(tokenizer.encode(word)) >= MANY_PIECES]
    return tuple(dict.fromkeys(unfamiliar)) if len(unfamiliar) >= max(SHARE * len(words), 1) else ()


def _words(text: str, tokenizer: TextTokenizer) -> list[str]:
    """What stands between spaces, without the punctuation around it and without special tokens."""
    for special in tokenizer.special_ids:
        text = text.replace(special, " ")
    stripped = (re.sub(r"^[^\w]+|[^\w]+$", "", word) or word for word in text.split())
    return [word for word in stripped if word]
