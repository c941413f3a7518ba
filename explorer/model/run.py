"""One text through one model: the forward pass, and its trace as arrays that cannot be changed."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from explorer.limits import WHOLE_TRACE
from explorer.model.catalogue import Entry
from explorer.model.checkpoint import Checkpoint
from explorer.model.decoding import Watch, greedy_tokens
from explorer.model.kinds import KIND_TITLES, attention_kinds, n_layers
from explorer.model.on_demand import trace_on_demand
from explorer.model.reading import InputError, read_source, read_target, read_text, target_start
from explorer.model.tokenizer import EOS
from explorer.model.trace import (
    AttentionTrace,
    BlockTrace,
    CrossBlockTrace,
    StackTrace,
    TransformerTrace,
    to_numpy,
)
from explorer.model.trace_size import check_room, trace_bytes

__all__ = [
    "KIND_TITLES",
    "InputError",
    "Run",
    "Tokens",
    "attention_kinds",
    "n_layers",
    "run",
    "run_ids",
    "write_target",
]


@dataclass(frozen=True)
class Tokens:
    """A text as the model reads it."""

    ids: tuple[int, ...]
    labels: tuple[str, ...]  # one short label per id, spaces visible

    def __len__(self) -> int:
        return len(self.ids)


ONE_VECTOR = Tokens((-1,), ("x̄",))


@dataclass(frozen=True)
class Run:
    """A finished forward pass over one text, batch dropped; safe to share, since nothing in it can be written to."""

    entry: Entry
    source: Tokens | None  # what the encoder of an encoder-decoder read
    tokens: Tokens  # what the decoder read (encoder-decoder, decoder), or the encoder (encoder)
    written: bool  # whether the model wrote the target itself (greedily), since none was given
    trace: TransformerTrace  # NumPy arrays where the model has tensors
    finished: bool = True  # False: the model wrote as far as there was room, and had not come to an end

    def stack(self, kind: str) -> StackTrace:
        """The stack that holds attention of ``kind``."""
        return self.trace.encoder if kind == "encoder" else self.trace.decoder

    def block(self, kind: str, layer: int) -> BlockTrace | CrossBlockTrace:
        """The block of ``layer`` (0 is the first) that holds attention of ``kind``."""
        return self.stack(kind).blocks[layer]

    def attention(self, kind: str, layer: int) -> AttentionTrace:
        block = self.block(kind, layer)
        return block.cross_attention if kind == "cross" else block.attention

    def queries(self, kind: str) -> Tokens:
        """The tokens of the rows of attention of ``kind``."""
        return self.source if kind == "encoder" and self.source else self.tokens

    def keys(self, kind: str) -> Tokens:
        """The tokens of the columns of attention of ``kind``; behind a bottleneck the one column is x̄, no token."""
        if kind == "cross" and self.entry.config.bottleneck:
            return ONE_VECTOR
        return self.source if kind in ("encoder", "cross") and self.source else self.tokens


def run(checkpoint: Checkpoint, text: str = "", source: str = "", watch: Watch = lambda i, n: None) -> Run:
    """Run ``text`` (for an encoder-decoder: the target, written greedily by the model if empty) and ``source``.

    ``watch`` is called while the model writes; what it raises ends that.

    Raises
    ------
    InputError
        If a text that is needed is empty, or is longer than the model's max_len; never cut.
    """
    if not checkpoint.entry.config.has_cross_attention:
        if source:
            raise InputError(f"{checkpoint.entry.name} has no source text: it reads one text only.")
        return run_ids(checkpoint, read_text(checkpoint, text))
    source_ids = read_source(checkpoint, source)
    if text.strip():
        return run_ids(checkpoint, read_target(checkpoint, text), source_ids)
    ids, finished = write_target(checkpoint, source_ids, watch)
    return run_ids(checkpoint, ids, source_ids, written=True, finished=finished)


@torch.inference_mode()
def run_ids(
    checkpoint: Checkpoint,
    ids: list[int],
    source_ids: list[int] | None = None,
    *,
    written: bool = False,
    finished: bool = True,
) -> Run:
    """One pass over ids that were read before, special tokens included.

    Parameters
    ----------
    ids : list of int
        What the decoder reads (encoder-decoder, GPT), or the encoder (BERT); at most max_len.
    source_ids : list of int
        What the encoder of an encoder-decoder reads.
    written, finished : bool
        As in ``Run``.

    Raises
    ------
    InputError
        If the attention weights alone would not fit into the memory that one run may take.
    """
    tokenizer, device = checkpoint.tokenizer, next(checkpoint.model.parameters()).device
    tokens = torch.tensor([ids], device=device)
    source_tokens = torch.tensor([source_ids], device=device) if source_ids else None
    config = checkpoint.entry.config
    check_room(config, len(ids), len(source_ids or ()))
    if trace_bytes(config, len(ids), len(source_ids or ())) > WHOLE_TRACE:
        trace = trace_on_demand(checkpoint.model, tokens, source_tokens)
    else:
        trace = to_numpy(checkpoint.model(tokens, source_tokens), copy=False)
    return Run(
        entry=checkpoint.entry,
        source=Tokens(tuple(source_ids), tuple(tokenizer.source_labels(source_ids))) if source_ids else None,
        tokens=Tokens(tuple(ids), tuple(tokenizer.labels(ids))),
        written=written,
        trace=trace,
        finished=finished,
    )


def write_target(
    checkpoint: Checkpoint, source_ids: list[int], watch: Watch = lambda i, n: None
) -> tuple[list[int], bool]:
    """What the decoder reads when the model translates by itself: the start and its greedy translation, without [EOS].

    Also whether the translation came to its [EOS]; otherwise it was stopped, since it had outgrown its bound.
    """
    tokenizer, max_len = checkpoint.tokenizer, checkpoint.entry.config.max_len
    start, eos = target_start(checkpoint), tokenizer.id_of(EOS)
    room = max_target(len(source_ids), max_len - len(start) + 1)
    written: list[int] = []
    for token in greedy_tokens(checkpoint.model, start, eos, room, source_ids):
        written.append(token)
        watch(len(written), room)
    finished = written[-1:] == [eos]
    # Stopped by the end of the positions, the last token is written but cannot be read.
    return [*start, *(written[:-1] if finished else written)][:max_len], finished


def max_target(n_source: int, max_len: int) -> int:
    """How many tokens a translation may have, its [EOS] counted.

    A translation rarely outgrows twice its source; the bound keeps a lost model from filling every position.
    """
    return min(max_len, 2 * n_source + 10)
