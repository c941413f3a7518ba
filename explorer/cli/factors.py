"""What `score` does for its lines: which tokens are asked for, given which others, and their factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.analysis.factorisation import Factorisation, factorise

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint

LOG_P, PSEUDO = "log-probability", "pseudo-log-likelihood"


@dataclass(frozen=True)
class Target:
    """A line that is to be scored."""

    given: dict[str, str]  # its parts, as they were given: source and text, prompt and text, or text
    prefix: list[int]  # what the decoder has read before the first factor; for a BERT nothing
    ids: list[int]  # y_1 .. y_n; for a BERT the whole text with its special tokens
    source: list[int] | None = None
    positions: list[int] | None = None  # for a BERT: of the tokens that are hidden, one at a time

    def __len__(self) -> int:
        return len(self.prefix) + len(self.ids) + len(self.source or ())


@dataclass(frozen=True)
class Scored:
    target: Target
    kind: str  # what the sum of the logs is
    factors: Factorisation


def read_line(checkpoint: Checkpoint, line: str, ends: bool) -> Target:
    """What a line asks for; InputError if it has other parts than the model's kind needs, or one cannot be read."""
    from explorer.model.reading import InputError, read_continuation, read_source, read_target, read_text
    from explorer.model.tokenizer import EOS

    config = checkpoint.entry.config
    if not config.has_decoder:
        return _read_masked(checkpoint, line)
    first, *rest = line.split("\t")
    if len(rest) > 1 or (config.has_cross_attention and not rest):
        what = "source TAB target" if config.has_cross_attention else "a text, or prompt TAB continuation"
        raise InputError(f"There {_tabs(len(rest))} where a line is {what}.")
    end = [checkpoint.tokenizer.id_of(EOS)] if ends else []
    if config.has_cross_attention:
        bos, *ids = read_target(checkpoint, rest[0])
        return Target({"source": first, "text": rest[0]}, [bos], ids + end, read_source(checkpoint, first))
    bos, *ids = read_text(checkpoint, first)
    if not rest:
        return Target({"text": first}, [bos], ids + end)
    prompt = [bos, *ids]
    continuation = read_continuation(checkpoint, prompt, rest[0])
    return Target({"prompt": first, "text": rest[0]}, prompt, continuation + end)


def _tabs(n: int) -> str:
    return "is 1 tab" if n == 1 else f"are {n or 'no'} tabs"


def _read_masked(checkpoint: Checkpoint, line: str) -> Target:
    from explorer.model.reading import InputError, read_text
    from explorer.model.tokenizer import MASK

    ids, mask = read_text(checkpoint, line), checkpoint.tokenizer.id_of(MASK)
    positions = [i for i in range(1, len(ids) - 1) if ids[i] != mask]  # [CLS] and [SEP] say nothing
    if not positions:
        written = checkpoint.tokenizer.token_of(MASK)
        raise InputError(f"Every token of the text is a {written}: write at least one word to ask for.")
    return Target({"text": line}, [], ids, positions=positions)


def score_targets(checkpoint: Checkpoint, targets: list[Target]) -> list[Scored]:
    """The factors of some texts, in one batch."""
    return (_score_together if checkpoint.entry.config.has_decoder else _score_masked)(checkpoint, targets)


def _score_together(checkpoint: Checkpoint, targets: list[Target]) -> list[Scored]:
    """All texts in one pass: row i of a text's logits speaks of its y_i."""
    from explorer.model.scoring import target_logits

    sources = [target.source for target in targets] if targets[0].source else None
    prefixes, ids = [target.prefix for target in targets], [target.ids for target in targets]
    found = target_logits(checkpoint.model, prefixes, ids, sources)
    return [Scored(target, LOG_P, factorise(logits, target.ids)) for target, logits in zip(targets, found, strict=True)]


def _score_masked(checkpoint: Checkpoint, targets: list[Target]) -> list[Scored]:
    """Each token of a text hidden in a copy of its own, the copies in batches."""
    from explorer.model.scoring import masked_logits
    from explorer.model.tokenizer import MASK

    mask, found = checkpoint.tokenizer.id_of(MASK), []
    for target in targets:
        logits = masked_logits(checkpoint.model, target.ids, target.positions, mask)
        found.append(Scored(target, PSEUDO, factorise(logits, [target.ids[i] for i in target.positions])))
    return found
