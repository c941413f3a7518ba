"""Which translators differ in one thing only: whether the decoder sees all of the source, or one vector x̄. No torch."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.model.catalogue import Entry

SUFFIX = "-bottleneck"


def one_vector_pair(name: str, models: Mapping[str, Entry]) -> tuple[str, str] | None:
    """(the model with full attention, the one behind a bottleneck) to which ``name`` belongs; None if there is none.

    They are NAME and NAME-bottleneck, and their vocabularies have the same size.
    """
    full = name.removesuffix(SUFFIX)
    narrow = f"{full}{SUFFIX}"
    if full not in models or narrow not in models:
        return None
    one, other = models[full].config, models[narrow].config
    fits = one.has_cross_attention and not one.bottleneck and other.bottleneck and one.vocab_size == other.vocab_size
    return (full, narrow) if fits else None


def first_pair(models: Mapping[str, Entry]) -> tuple[str, str] | None:
    """The first such pair of the catalogue."""
    return next(filter(None, (one_vector_pair(name, models) for name in models)), None)
