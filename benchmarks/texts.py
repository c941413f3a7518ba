"""Texts of a wanted number of tokens, for each of the three kinds of model."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from explorer.model.catalogue import TOY
from explorer.model.checkpoint import Checkpoint, load_checkpoint
from explorer.model.device import choose_device
from explorer.model.reading import InputError, read_source, read_target, read_text
from explorer.model.tokenizer import MASK

ROOT = Path(__file__).resolve().parents[1] / "pretrained"
ENGLISH = "a small dog and a big dog run over the wet grass near the old house while two men watch them"
GERMAN = "ein kleiner hund und ein mann laufen auf dem gras vor einem haus und zwei frauen sehen ihnen zu"
ADJECTIVES = "red blue green white black old young tall long short wet dark bright clean dirty happy sad new"
FIRST = tuple(ADJECTIVES.split())


@cache
def text_of(model: str, n_tokens: int, n: int = 0) -> dict[str, str]:
    """The text as parameters of the URL, so that the model reads ``n_tokens`` (a translator on both of its sides).

    The ``n``-th text of this length; they differ in their first word. A BERT's text ends with
    a gap. A toy knows few words: it has its own example.
    """
    checkpoint = _load(model)
    if checkpoint.entry.about.n_parameters < TOY:
        return {}
    first = FIRST[n % len(FIRST)]
    if not checkpoint.entry.config.has_cross_attention:
        gap = "" if checkpoint.entry.config.has_decoder else f" {MASK}"
        words = [first, *ENGLISH.split()]
        return {"text": _fitted(words, n_tokens, lambda text: len(read_text(checkpoint, text + gap))) + gap}
    return {
        "source": _fitted([first, *ENGLISH.split()], n_tokens, lambda text: len(read_source(checkpoint, text))),
        "target": _fitted(GERMAN.split(), n_tokens, lambda text: len(read_target(checkpoint, text))),
    }


@cache
def _load(model: str) -> Checkpoint:
    return load_checkpoint(ROOT / model, choose_device())


def _fitted(words: list[str], n_tokens: int, length: Callable[[str], int]) -> str:
    """The words over and over, as many as there is room for."""
    text = words[0]
    for n in range(2, n_tokens + 2):
        longer = " ".join(words[i % len(words)] for i in range(n))
        try:
            if length(longer) > n_tokens:
                break
        except InputError:  # more than the model reads
            break
        text = longer
    return text
