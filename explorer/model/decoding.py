"""Decoding with a key/value cache: each step runs only the new position, and gives what a full pass would give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.model.trace import StackTrace
from explorer.model.transformer import Memory, Past, Transformer, past_of


@dataclass(frozen=True)
class Step:
    """The state after some positions were read: all that the next step needs, and the logits for its token."""

    memory: Memory | None
    past: Past
    decoder: StackTrace  # the trace of the positions read in this step
    logits: Tensor  # [batch, new position, vocab_size]


def encode(model: Transformer, source: Tensor, source_mask: Tensor | None = None) -> Memory:
    """Run the encoder once over ``source`` [batch, source position]; ``source_mask`` is False where it is padding."""
    return model.encode(source, source_mask)[1]


def first_step(model: Transformer, tokens: Tensor, memory: Memory | None = None) -> Step:
    """Read the prefix ``tokens`` [batch, position] in one pass."""
    return _step(model, tokens, memory, None)


def next_step(model: Transformer, tokens: Tensor, step: Step) -> Step:
    """Read ``tokens`` [batch, new position] after everything that ``step`` has read."""
    return _step(model, tokens, step.memory, step.past)


def _step(model: Transformer, tokens: Tensor, memory: Memory | None, past: Past | None) -> Step:
    n_past = past[0][0][0].shape[2] if past else 0
    mask = torch.ones(tokens.shape[0], 1, 1, n_past + tokens.shape[1], dtype=torch.bool, device=tokens.device)
    decoder = model.decoder(tokens, mask, memory, past)
    return Step(memory, past_of(decoder), decoder, model.unembedding(decoder.output))


@torch.inference_mode()
def greedy_tokens(
    model: Transformer, prefix: list[int], end: int, max_new: int, source: list[int] | None = None
) -> Iterator[int]:
    """Yield the most probable next token, one at a time, until ``end`` (which is yielded) or ``max_new`` tokens.

    The last token is not read any more, so ``len(prefix) + max_new`` may be one above the model's max_len.

    Parameters
    ----------
    prefix : list of int
        What the decoder has read at the start: for a translator the beginning-of-sequence token.
    source : list of int
        What the encoder reads, for an encoder-decoder.
    """
    device = next(model.parameters()).device
    memory = encode(model, torch.tensor([source], device=device)) if source is not None else None
    step, tokens = None, prefix
    for _ in range(max_new):
        read = torch.tensor([tokens], device=device)
        step = next_step(model, read, step) if step else first_step(model, read, memory)
        token = int(step.logits[0, -1].argmax())
        yield token
        if token == end:
            return
        tokens = [token]
