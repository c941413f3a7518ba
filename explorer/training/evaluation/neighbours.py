"""What fills a gap without a neural network: how frequent a token is, and which tokens it stands beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.training.evaluation.kneser_ney import KneserNey

PIECE = 256  # gaps at once: their distributions over the whole vocabulary are held in memory


@dataclass(frozen=True)
class Gaps:
    """Hidden tokens with what stands beside them: arrays of ids [gap]."""

    left: np.ndarray
    right: np.ndarray
    target: np.ndarray  # the token that is hidden


@dataclass(frozen=True)
class Guesses:
    """How well gaps were filled."""

    n_right: int  # in how many gaps the hidden token was the most probable one
    nats: float  # -log p of the hidden tokens, added up


class Neighbours:
    """Three ways to fill a gap, learned from the sentences that a BERT learns from.

    unigram  p(w) = (c(w) + 1) / (N + V): how often w stands in the N training tokens, add-one smoothed over the
             V tokens of the vocabulary
    left     p(w | l), after the token l on the left: a bigram, interpolated modified Kneser-Ney
    both     p(w | l, r) = p(w | l) p(r | w) / sum_u p(u | l) p(r | u): the same bigram, and Bayes' rule for the token
             r on the right

    A neighbour that is hidden itself, behind ``mask``, says nothing: on the left, p(w) takes the place of p(w | l); on
    the right the factor p(r | w) is left out.
    """

    def __init__(self, sentences: Sequence[Sequence[int]], vocab_size: int, mask: int) -> None:
        counts = np.bincount([token for sentence in sentences for token in sentence[1:-1]], minlength=vocab_size)
        self.frequency = ((counts + 1) / (counts.sum() + vocab_size)).astype(np.float32)
        bigram = KneserNey(sentences, 2, vocab_size)
        self.after = np.empty((vocab_size, vocab_size), dtype=np.float32)  # [l, w] = p(w | l)
        for left in range(vocab_size):
            self.after[left] = bigram.distribution([left])
        self.before = self.after.T.copy()  # [r, w] = p(r | w)
        self.after[mask] = self.frequency
        self.before[mask] = 1

    def unigram(self, gaps: Gaps) -> Guesses:
        return self._guesses(gaps, lambda left, right: np.tile(self.frequency, (len(left), 1)))

    def left(self, gaps: Gaps) -> Guesses:
        return self._guesses(gaps, lambda left, right: self.after[left])

    def both(self, gaps: Gaps) -> Guesses:
        return self._guesses(gaps, lambda left, right: self.after[left] * self.before[right])

    def _guesses(self, gaps: Gaps, weights: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Guesses:
        """Fill each gap by ``weights(left, right)`` [gap, token], which need not add up to 1."""
        n_right, nats = 0, 0.0
        for left, right, target in _pieces(gaps):
            p = weights(left, right)
            hidden = p[np.arange(len(target)), target]
            n_right += int((p.argmax(1) == target).sum())
            nats -= float(np.log(hidden / p.sum(1)).sum(dtype=np.float64))
        return Guesses(n_right, nats)


def _pieces(gaps: Gaps) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    for start in range(0, len(gaps.target), PIECE):
        piece = slice(start, start + PIECE)
        yield gaps.left[piece], gaps.right[piece], gaps.target[piece]
