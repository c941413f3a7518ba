"""Every text that a model with a tiny vocabulary can write, with its probability: the proof that p(y|x) is one.

Each text either has ended or can go on: after n tokens, the probabilities of all that have ended and of all that can go
on add up to 1. That holds for a factorisation p(y_1) p(y_2|y_1) ..., and not for a BERT's product of
p(y_i | all others), which ``masked_products`` computes for every text of one length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from explorer.model.decoding import encode, first_step
from explorer.model.transformer import Memory, Transformer

AT_ONCE = 8192  # texts in one batch


@dataclass(frozen=True)
class Level:
    """All texts of one length. Probabilities as natural logarithms, float64."""

    length: int  # tokens, the end counted
    ended: np.ndarray  # [text, length], the ids of those whose last token is the end
    ended_log_p: np.ndarray  # [text]
    going_on: np.ndarray  # [text, length], the ids of those that can go on
    going_on_log_p: np.ndarray  # [text]

    @property
    def ended_mass(self) -> float:
        """The probability that a text has exactly this length."""
        return float(np.exp(self.ended_log_p).sum())

    @property
    def going_on_mass(self) -> float:
        """The probability that a text is longer."""
        return float(np.exp(self.going_on_log_p).sum())


def count_texts(vocab_size: int, length: int) -> int:
    """How many texts of ``length`` tokens can go on: (vocab_size - 1)^length, since the end ends a text."""
    return (vocab_size - 1) ** length


@torch.inference_mode()
def levels(
    model: Transformer, prefix: list[int], end: int, max_new: int, source: list[int] | None = None
) -> Iterator[Level]:
    """All texts of 1, 2, ... ``max_new`` tokens after ``prefix``, one length after the other.

    Each token of the vocabulary is one that a text may go on with, special tokens and those that decoding suppresses
    too: the model gives each of them a probability. Mind ``count_texts``.
    """
    going_on, log_p = np.zeros((1, 0), dtype=np.int64), np.zeros(1)
    memory = None
    if source is not None:
        memory = encode(model, torch.tensor([source], device=_device(model)))
    for length in range(1, max_new + 1):
        following = _log_probabilities(model, prefix, going_on, memory) + log_p[:, None]  # [text, vocab_size]
        ended = np.column_stack((going_on, np.full(len(going_on), end)))
        others = np.array([token for token in range(following.shape[1]) if token != end])
        longer = np.column_stack((np.repeat(going_on, len(others), axis=0), np.tile(others, len(going_on))))
        going_on, log_p = longer, following[:, others].ravel()
        yield Level(length, ended, following[:, end], going_on, log_p)


def masked_products(model: Transformer, before: list[int], after: list[int], length: int, mask: int) -> np.ndarray:
    """sum_i log p(y_i | all others) of every text y of ``length`` tokens, by a BERT: [vocab_size] * length, float64.

    Entry [a, b, c] is that of the text "a b c". ``before`` and ``after`` are what stands around it: [CLS] and [SEP].
    There are vocab_size^(length - 1) contexts for each of the ``length`` positions.
    """
    vocab_size = model.config.vocab_size
    # What stands at the other positions: one row for each context.
    others = np.indices((vocab_size,) * (length - 1)).reshape(length - 1, vocab_size ** (length - 1)).T
    total = np.zeros((vocab_size,) * length)
    for i in range(length):
        texts = [[*before, *row[:i], mask, *row[i:], *after] for row in others.tolist()]
        found = []
        for start in range(0, len(texts), AT_ONCE):
            tokens = torch.tensor(texts[start : start + AT_ONCE], device=_device(model))
            found.append(_log_softmax(_logits_at(model, tokens, len(before) + i)))
        log_p = np.concatenate(found).reshape((vocab_size,) * length)  # the last axis is y_i
        total += np.moveaxis(log_p, -1, i)
    return total


@torch.inference_mode()
def _logits_at(model: Transformer, tokens: torch.Tensor, position: int) -> torch.Tensor:
    return model.unembedding(model.last_states(tokens)[:, position])


def _log_probabilities(model: Transformer, prefix: list[int], texts: np.ndarray, memory: Memory | None) -> np.ndarray:
    """log p of every token after each of ``texts``, [text, vocab_size]."""
    found = []
    for start in range(0, len(texts), AT_ONCE):
        part = torch.from_numpy(texts[start : start + AT_ONCE]).to(_device(model))
        tokens = torch.cat((torch.tensor([prefix], device=part.device).expand(len(part), -1), part), dim=1)
        shared = memory and memory.shared_by(len(part))
        found.append(_log_softmax(first_step(model, tokens, shared).logits[:, -1]))
    return np.concatenate(found)


def _log_softmax(logits: torch.Tensor) -> np.ndarray:
    return logits.double().log_softmax(-1).cpu().numpy()


def _device(model: Transformer) -> torch.device:
    return next(model.parameters()).device
