"""Scoring a text that somebody else wrote (teacher forcing): the logits behind each of its factors.

An encoder-decoder and a GPT give p(y_i | y_1 .. y_i-1, x) for all i in one masked pass, or one after the other with a
key/value cache: the two must agree. A BERT gives p(y_i | all others), each y_i masked in a copy of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from explorer.model.decoding import encode, first_step, next_step
from explorer.model.padding import padded
from explorer.model.transformer import Transformer

MASKED_AT_ONCE = 4096  # tokens in one batch of masked copies


@torch.inference_mode()
def logits_by_steps(model: Transformer, ids: list[int], source: list[int] | None = None) -> Iterator[np.ndarray]:
    """Read ``ids`` one by one with a key/value cache, and yield the logits [vocab_size] after each.

    Row i of the full pass's logits is what the i-th step gives: the causal mask lets training have n steps for one.
    """
    device = next(model.parameters()).device
    memory = encode(model, torch.tensor([source], device=device)) if source is not None else None
    step = None
    for token in ids:
        read = torch.tensor([[token]], device=device)
        step = next_step(model, read, step) if step else first_step(model, read, memory)
        yield step.logits[0, -1].float().cpu().numpy()


@torch.inference_mode()
def target_logits(
    model: Transformer,
    prefixes: Sequence[list[int]],
    targets: Sequence[list[int]],
    sources: Sequence[list[int]] | None = None,
) -> list[np.ndarray]:
    """For each text the logits behind the factors of its target, [n, vocab_size], all texts in one padded pass.

    Parameters
    ----------
    prefixes : lists of int
        What the decoder has read before the target begins: [BOS], or [BOS] and a prompt. Never empty.
    targets : lists of int
        y_1 .. y_n, the end counted where it is a factor. The last one is predicted but not read.
    sources : lists of int
        What the encoder of an encoder-decoder reads.
    """
    device = next(model.parameters()).device
    read = [[*prefix, *target[:-1]] for prefix, target in zip(prefixes, targets, strict=True)]
    tokens, real = (tensor.to(device) for tensor in padded(read))
    source, source_real = None, None
    if sources is not None:
        source, source_real = (tensor.to(device) for tensor in padded(sources))
    states = model.last_states(tokens, source, real, source_real)
    found = []
    for row, (prefix, target) in enumerate(zip(prefixes, targets, strict=True)):
        first = len(prefix) - 1
        found.append(model.unembedding(states[row, first : first + len(target)]).float().cpu().numpy())
    return found


@torch.inference_mode()
def masked_logits(model: Transformer, ids: list[int], positions: Sequence[int], mask: int) -> np.ndarray:
    """A BERT's logits for each of ``positions`` of ``ids``, that one alone masked: [len(positions), vocab_size].

    These are the terms of the pseudo-log-likelihood (Salazar et al. 2020, section 2).
    """
    device = next(model.parameters()).device
    rows = max(1, MASKED_AT_ONCE // len(ids))
    found = []
    for start in range(0, len(positions), rows):
        at = torch.tensor(positions[start : start + rows], device=device)
        copies = torch.tensor([ids], device=device).repeat(len(at), 1)
        here = torch.arange(len(at), device=device)
        copies[here, at] = mask
        states = model.last_states(copies)
        found.append(model.unembedding(states[here, at]).float().cpu().numpy())
    return np.concatenate(found)
