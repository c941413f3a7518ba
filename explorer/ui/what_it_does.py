"""What the screen says an encoder-decoder does: it translates where it was trained to, else it writes."""

from __future__ import annotations

from explorer.model.catalogue import Entry

TRANSLATORS = (None, "marian")  # families, see explorer.hub; None: the explorer's own


def is_translator(entry: Entry) -> bool:
    """Whether it was trained on pairs of sentences; a T5 or a BART writes a text for a text, of whatever kind."""
    return entry.config.has_cross_attention and entry.family in TRANSLATORS


def it_writes(entry: Entry) -> str:
    """What an encoder-decoder does with its source."""
    return "It translates" if is_translator(entry) else "It writes"
