"""BLEU by the length of the source: does a model lose its way in long sentences?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.model.measured import Bucket
from explorer.training.evaluation.bleu import cased_bleu
from explorer.training.evaluation.report import table

WIDTH = 3  # words that one bucket spans, where there are sentences enough
FEWEST = 50  # sentences: with fewer, BLEU is mostly chance


def buckets(lengths: Sequence[int], width: int = WIDTH, fewest: int = FEWEST) -> list[list[int]]:
    """The indices of the texts, by length: buckets of ``width`` lengths each (1 to 3, 4 to 6, ...), short ones first.

    A bucket with fewer than ``fewest`` texts takes in the next longer one; what is left over at the end goes to the
    bucket before it. So each has at least ``fewest``, unless there are fewer in all.
    """
    found: list[list[int]] = []
    group: list[int] = []
    order = sorted(range(len(lengths)), key=lambda i: lengths[i])
    for i, index in enumerate(order):
        group.append(index)
        is_last = i + 1 == len(order) or (lengths[index] - 1) // width != (lengths[order[i + 1]] - 1) // width
        if is_last and len(group) >= fewest:
            found.append(group)
            group = []
    if group and found:
        found[-1] += group
    elif group:
        found.append(group)
    return found


def bleu_by_length(sources: list[str], references: list[str], translations: list[str]) -> tuple[Bucket, ...]:
    """The cased BLEU of each bucket, short sources first."""
    lengths = [len(source.split()) for source in sources]
    return tuple(_bucket(group, lengths, references, translations) for group in buckets(lengths))


def length_table(sources: list[str], references: list[str], systems: dict[str, list[str]]) -> Iterator[str]:
    """A table: for each bucket its lengths in words, its number of sentences, and each system's cased BLEU."""
    lengths = [len(source.split()) for source in sources]
    rows = []
    for group in [*buckets(lengths), range(len(lengths))]:
        found = [_bucket(group, lengths, references, translations) for translations in systems.values()]
        first = found[0]
        words = f"{first.words_from}–{first.words_to}"
        rows.append([words, f"{first.sentences:,}", *(f"{each.bleu:.2f}" for each in found)])
    yield from table(["words in the source", "sentences", *systems], rows)


def _bucket(group: Sequence[int], lengths: list[int], references: list[str], translations: list[str]) -> Bucket:
    score = cased_bleu([translations[i] for i in group], [references[i] for i in group]).score
    low, high = (extreme(lengths[i] for i in group) for extreme in (min, max))
    return Bucket(low, high, len(group), round(score, 2))
