"""One text through one model: text to tokens, the forward pass, and its trace as arrays that cannot be changed."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from explorer.model.catalogue import Entry
from explorer.model.checkpoint import Checkpoint
from explorer.model.decoding import greedy_tokens
from explorer.model.kinds import KIND_TITLES, attention_kinds, n_layers
from explorer.model.tokenizer import BOS, CLS, EOS, SEP, TextTokenizer
from explorer.model.trace import (
    AttentionTrace,
    BlockTrace,
    CrossBlockTrace,
    StackTrace,
    TransformerTrace,
    to_numpy,
)

__all__ = ["KIND_TITLES", "InputError", "Run", "Tokens", "attention_kinds", "n_layers", "run", "write_target"]


class InputError(ValueError):
    """A text cannot be run; the message is one sentence that says what is wrong and what to do."""


@dataclass(frozen=True)
class Tokens:
    """A text as the model reads it."""

    ids: tuple[int, ...]
    labels: tuple[str, ...]  # one short label per id, spaces visible

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Run:
    """A finished forward pass over one text, batch dropped; safe to share, since nothing in it can be written to."""

    entry: Entry
    source: Tokens | None  # what the encoder of an encoder-decoder read
    tokens: Tokens  # what the decoder read (encoder-decoder, decoder), or the encoder (encoder)
    written: bool  # whether the model wrote the target itself (greedily), since none was given
    trace: TransformerTrace  # NumPy arrays where the model has tensors

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
        """The tokens of the columns of attention of ``kind``."""
        return self.source if kind in ("encoder", "cross") and self.source else self.tokens


@torch.inference_mode()
def run(checkpoint: Checkpoint, text: str = "", source: str = "") -> Run:
    """Run ``text`` (for an encoder-decoder: the target, written greedily by the model if empty) and ``source``.

    Raises
    ------
    InputError
        If a text that is needed is empty, or is longer than the model's max_len; never cut.
    """
    config, tokenizer, model = checkpoint.entry.config, checkpoint.tokenizer, checkpoint.model
    device = next(model.parameters()).device
    source_ids, written = None, False
    if config.has_cross_attention:
        source_ids = [*_encode(tokenizer, source, "source text"), tokenizer.id_of(EOS)]
        _check_length(source_ids, config.max_len, "source text")
        written = not text.strip()
        if written:
            ids = write_target(checkpoint, source_ids)
        else:
            ids = [tokenizer.id_of(BOS), *_encode(tokenizer, text, "target text")]
    elif config.architecture == "decoder":
        ids = [tokenizer.id_of(BOS), *_encode(tokenizer, text, "text")]
    else:
        ids = [tokenizer.id_of(CLS), *_encode(tokenizer, text, "text"), tokenizer.id_of(SEP)]
    _check_length(ids, config.max_len, "target text" if config.has_cross_attention else "text")
    trace = model(
        torch.tensor([ids], device=device), torch.tensor([source_ids], device=device) if source_ids else None
    )
    return Run(
        entry=checkpoint.entry,
        source=_tokens(tokenizer, source_ids) if source_ids else None,
        tokens=_tokens(tokenizer, ids),
        written=written,
        trace=to_numpy(trace),
    )


def write_target(checkpoint: Checkpoint, source_ids: list[int]) -> list[int]:
    """What the decoder reads when the model translates by itself: [BOS] and its greedy translation, without [EOS]."""
    tokenizer, max_len = checkpoint.tokenizer, checkpoint.entry.config.max_len
    bos, eos = tokenizer.id_of(BOS), tokenizer.id_of(EOS)
    # A translation rarely outgrows twice its source; the bound keeps a lost model from filling every position.
    max_new = min(max_len - 1, 2 * len(source_ids) + 10)
    written = list(greedy_tokens(checkpoint.model, [bos], eos, max_new, source_ids))
    return [bos, *(token for token in written if token != eos)]


def _encode(tokenizer: TextTokenizer, text: str, what: str) -> list[int]:
    if not text.strip():
        raise InputError(f"The {what} is empty: type a sentence, or choose an example.")
    return tokenizer.encode(text.strip())


def _check_length(ids: list[int], max_len: int, what: str) -> None:
    if len(ids) > max_len:
        raise InputError(
            f"The {what} has {len(ids)} tokens, and this model has room for {max_len}: please shorten it."
        )


def _tokens(tokenizer: TextTokenizer, ids: list[int]) -> Tokens:
    return Tokens(tuple(ids), tuple(tokenizer.labels(ids)))
