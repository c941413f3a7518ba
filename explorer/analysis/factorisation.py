"""The autoregressive factorisation: p(y | x) = p(y_1 | x) p(y_2 | y_1, x) ... p(y_n | y_1 .. y_n-1, x), in numbers.

Everything is computed in log space and in float64 from the model's float32 logits, so that a product of many small
factors neither underflows nor loses digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explorer.analysis.predictions import some_rows


@dataclass(frozen=True)
class Factorisation:
    """The factors of one text y_1 .. y_n. Logarithms are natural; ``nats / log 2`` are bits."""

    ids: tuple[int, ...]  # y_1 .. y_n
    log_p: np.ndarray  # [n], log p(y_i | y_1 .. y_i-1, x)
    rank: np.ndarray  # [n], 1 where the model finds no token more probable than y_i
    entropy: np.ndarray  # [n], H_i = - sum_t p(t | ...) log p(t | ...), in nats: how unsure the model was
    best_ids: np.ndarray  # [n], the most probable token of each step; of equals, the smaller id
    best_log_p: np.ndarray  # [n]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def p(self) -> np.ndarray:
        """[n], the factors."""
        return np.exp(self.log_p)

    @cached_property
    def running_log_p(self) -> np.ndarray:
        """[n], log p(y_1 .. y_i | x) = sum of the first i logs."""
        return np.cumsum(self.log_p)

    @property
    def total_log_p(self) -> float:
        """log p(y | x)."""
        return float(self.log_p.sum())

    @property
    def perplexity(self) -> float:
        """exp(-1/n log p(y | x)): among how many equally probable tokens each choice was, on (geometric) average."""
        return float(np.exp(-self.log_p.mean()))

    @property
    def bits_per_token(self) -> float:
        """-1/n log2 p(y | x), the base-2 logarithm of the perplexity."""
        return float(-self.log_p.mean() / np.log(2))

    def part(self, start: int, stop: int | None = None) -> Factorisation:
        """The factors from ``start`` up to ``stop``, as a text of its own, given what stands before it."""
        return Factorisation(
            self.ids[start:stop],
            *(values[start:stop] for values in (self.log_p, self.rank, self.entropy, self.best_ids, self.best_log_p)),
        )


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """``log p_t = z_t - log sum_u exp(z_u)`` over the last axis, in float64.

    >>> log_softmax(np.array([0.0, 0.0]))
    array([-0.69314718, -0.69314718])
    """
    z = np.asarray(logits, dtype=np.float64)
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def factorise(logits: np.ndarray, ids: Sequence[int]) -> Factorisation:
    """The factors of ``ids``.

    Parameters
    ----------
    logits : array [n, vocab_size]
        Row i was computed from what the decoder had read before y_i, and speaks of y_i. (For a BERT: from the text with
        y_i masked; then there is no product, and ``total_log_p`` is the pseudo-log-likelihood.)
    ids : sequence of int [n]
        y_1 .. y_n, the end counted where it is a factor.

    Raises
    ------
    ValueError
        If there are no tokens, or not one for each row of ``logits``.
    """
    if not len(ids) or len(ids) != len(logits):
        raise ValueError(f"{len(ids)} tokens do not go with the logits of {len(logits)} positions")
    tokens = np.asarray(ids, dtype=np.int64)
    parts = [_steps(logits[here], tokens[here]) for here in some_rows(logits)]
    return Factorisation(tuple(tokens.tolist()), *map(np.concatenate, zip(*parts, strict=True)))


def _steps(logits: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, ...]:
    """Of some factors: log p, rank, entropy, the most probable token, and its log p."""
    log_p, rows = log_softmax(logits), np.arange(len(ids))
    mine, best = log_p[rows, ids], log_p.argmax(axis=-1)
    with np.errstate(invalid="ignore"):
        terms = np.where(np.isneginf(log_p), 0.0, np.exp(log_p) * log_p)
    return mine, 1 + (log_p > mine[:, None]).sum(axis=-1), -terms.sum(axis=-1), best, log_p[rows, best]
