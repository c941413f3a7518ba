"""Decoding with a key/value cache: each step runs only the new position, and gives what a full pass would give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.model.cached_decoder import CachedDecoder, Pasts
from explorer.model.transformer import Memory, Transformer

Watch = Callable[[int, int], None]  # called after each token with how many there are, and how many there can be


@dataclass(frozen=True)
class Step:
    """The state after some positions were read: all that the next step needs, and the logits for its token."""

    decoder: CachedDecoder
    past: Pasts  # the key/value cache of each block
    memory_mask: Tensor | None  # [batch, 1, 1, source position], None if nothing of the sources is padding
    logits: Tensor  # [batch, new position, vocab_size]


def without_suppressed(scores: Tensor, model: Transformer) -> Tensor:
    """``scores`` [..., vocab_size] with -inf for the tokens that decoding never writes (``config.suppressed_tokens``).

    Only the choice leaves them out: log p of all others stays that of the softmax over the whole vocabulary.
    """
    never = list(model.config.suppressed_tokens)
    if not never:
        return scores
    scores = scores.clone()
    scores[..., never] = -torch.inf
    return scores


def encode(model: Transformer, source: Tensor, source_mask: Tensor | None = None) -> Memory:
    """Run the encoder once over ``source`` [batch, source position]; ``source_mask`` is False where it is padding."""
    return model.encode(source, source_mask)[1]


@torch.inference_mode()
def first_step(model: Transformer, tokens: Tensor, memory: Memory | None = None) -> Step:
    """Read the prefix ``tokens`` [batch, position] in one pass."""
    decoder = CachedDecoder(model)
    mask = None if memory is None or memory.mask.all() else memory.mask
    return _read(decoder, tokens, decoder.start(memory), mask)


@torch.inference_mode()
def next_step(model: Transformer, tokens: Tensor, step: Step) -> Step:
    """Read ``tokens`` [batch, new position] after everything that ``step`` has read; ``step`` stays as it is."""
    if tokens.numel() == 1 and not step.decoder.is_laid_out:
        step.decoder.lay_out()
    return _read(step.decoder, tokens, step.past, step.memory_mask)


@torch.inference_mode()
def take_rows(step: Step, rows: Sequence[int]) -> Step:
    """``step`` with these rows of the batch, in this order; a row may be taken more than once, or not at all."""
    index = torch.tensor(rows, device=step.logits.device)
    mask = None if step.memory_mask is None else step.memory_mask[index]
    return Step(step.decoder, tuple(past.take(index) for past in step.past), mask, step.logits[index])


def _read(decoder: CachedDecoder, tokens: Tensor, past: Pasts, memory_mask: Tensor | None) -> Step:
    logits, past = decoder.read(tokens, past, memory_mask)
    return Step(decoder, past, memory_mask, logits)


@torch.inference_mode()
def greedy_tokens(
    model: Transformer, prefix: list[int], end: int | None, max_new: int, source: list[int] | None = None
) -> Iterator[int]:
    """Yield the most probable next token, one at a time, until ``end`` (which is yielded) or ``max_new`` tokens.

    Tokens that the model's config suppresses are passed over.
    The last token is not read any more, so ``len(prefix) + max_new`` may be one above the model's max_len.

    Parameters
    ----------
    prefix : list of int
        What the decoder has read at the start: for a translator the beginning-of-sequence token.
    end : int or None
        The token that completes a text; None for a vocabulary that has none.
    source : list of int
        What the encoder reads, for an encoder-decoder.
    """
    device = next(model.parameters()).device
    memory = encode(model, torch.tensor([source], device=device)) if source is not None else None
    step, tokens = None, prefix
    for _ in range(max_new):
        read = torch.tensor([tokens], device=device)
        step = next_step(model, read, step) if step else first_step(model, read, memory)
        token = int(without_suppressed(step.logits[0, -1], model).argmax())
        yield token
        if token == end:
            return
        tokens = [token]
