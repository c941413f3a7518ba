"""What `generate` does for one line: where the text begins, and how the model goes on from there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.analysis.factorisation import factorise

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint
    from explorer.model.filters import Filters

USUAL_NEW = 64  # tokens, of a GPT
DRAWN_AT_ONCE = 64


@dataclass(frozen=True)
class Start:
    """Where a text begins."""

    text: str  # the line: a GPT's prompt, or what a translator translates
    prefix: list[int]  # what the decoder has read
    source: list[int] | None  # what the encoder of an encoder-decoder has read
    max_new: int  # how many tokens may be written


@dataclass(frozen=True)
class Way:
    """How the next token is chosen: by a beam (of width 1: greedily), or drawn through filters."""

    n: int  # how many texts for each line
    beam: int | None
    length_penalty: float
    filters: Filters
    seed: int


@dataclass(frozen=True)
class Written:
    """What was written after one start."""

    start: Start
    texts: list[list[int]]  # without the prefix, with the end where one came to it


def read_start(checkpoint: Checkpoint, line: str, max_new: int | None) -> Start:
    from explorer.model.reading import read_source, read_text
    from explorer.model.run import max_target
    from explorer.model.tokenizer import BOS

    config = checkpoint.entry.config
    if config.has_cross_attention:
        source = read_source(checkpoint, line)
        prefix, usual = [checkpoint.tokenizer.id_of(BOS)], max_target(len(source), config.max_len)
    else:
        source, prefix, usual = None, read_text(checkpoint, line), USUAL_NEW
    room = config.max_len - len(prefix) + 1  # the last token is not read any more
    return Start(line, prefix, source, min(max_new or usual, room))


def write_texts(checkpoint: Checkpoint, start: Start, way: Way) -> list[list[int]]:
    """The texts after one start, without its prefix."""
    from explorer.model.beam import beam_search

    end = checkpoint.tokenizer.special_ids.get("[EOS]")
    if way.beam is None:
        return _draw(checkpoint, start, way, end)
    sources = [start.source] if start.source else None
    penalty = way.length_penalty
    (best,) = beam_search(
        checkpoint.model, start.prefix, end, start.max_new, way.beam, sources=sources, length_penalty=penalty
    )
    return [list(each.ids) for each in best[: way.n]]


def _draw(checkpoint: Checkpoint, start: Start, way: Way, end: int | None) -> list[list[int]]:
    import torch

    from explorer.model.sampling import sample_tokens, uniform_numbers

    texts = []
    for first in range(0, way.n, DRAWN_AT_ONCE):
        draws = range(first, min(first + DRAWN_AT_ONCE, way.n))
        u = torch.stack([uniform_numbers(way.seed, draw, start.max_new) for draw in draws])
        steps = list(sample_tokens(checkpoint.model, start.prefix, end, way.filters, u, start.source))
        texts += torch.stack(steps, dim=1).tolist()
    return [ids[: ids.index(end) + 1] if end in ids else ids for ids in texts]


def log_probabilities(checkpoint: Checkpoint, found: Written) -> list[float]:
    from explorer.model.scoring import target_logits

    start, log_ps = found.start, []
    for ids in found.texts:
        sources = [start.source] if start.source else None
        (logits,) = target_logits(checkpoint.model, [start.prefix], [ids], sources)
        log_ps.append(factorise(logits, ids).total_log_p)
    return log_ps
