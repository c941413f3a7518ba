"""A language model of counts: interpolated modified Kneser-Ney, what a neural language model has to beat.

Kneser and Ney (1995) as modified by Chen and Goodman (1999), with every choice as in KenLM's lmplz (Heafield et al.
2013): the two agree, see tests/training/test_evaluation_kneser_ney.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.training.evaluation.ngrams import NGrams, discounts, effective_counts, laid_out, one_later
from explorer.training.evaluation.report import Watch, unwatched


@dataclass(frozen=True)
class Order:
    """Everything about the n-grams of one n; an n-gram is a context of n - 1 tokens and a token w after it.

    p_n(w | context) = share(context w) + gamma(context) p_(n-1)(w | the context without its first token)
    """

    keys: np.ndarray  # [n-gram], sorted: the context's index among the (n-1)-grams, times vocab_size, plus w
    share: np.ndarray  # [n-gram]: (count - discount) / total count after the context
    gamma: np.ndarray  # [context]: the sum of discounts / total count; 1 where nothing was ever seen after it

    def find(self, keys: np.ndarray) -> np.ndarray:
        """The index of each key among the n-grams, -1 for those that were never seen."""
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[places] == keys, places, -1)


class KneserNey:
    """An n-gram model of ``order`` n, learned from sentences of ids.

    Each sentence starts with a token that stands nowhere else: it is read, and never predicted. At a sentence's
    beginning the context is as short as it has to be. p_0 is 1 / ``vocab_size`` for each token.
    """

    def __init__(self, sentences: Sequence[Sequence[int]], order: int, vocab_size: int, watch: Watch = unwatched):
        """Count and estimate; ValueError if there is nothing to predict."""
        tokens, position = laid_out(sentences)
        if not (position > 0).any():
            raise ValueError("There is no text to count n-grams in")
        self.vocab_size, order = vocab_size, min(order, int(position.max()) + 1)  # no longer than the sentences are
        counted: list[NGrams] = []
        for n in watch(range(1, order + 1), "counting n-grams"):
            context = one_later(counted[-1].index) if counted else np.zeros_like(tokens)
            counted.append(NGrams.of(context * vocab_size + tokens, position >= n - 1))
        self.orders = []
        for n, these in enumerate(counted, 1):
            counts = effective_counts(these, counted[n] if n < order else None, position == n - 1)
            if n == 1:
                counts[these.index[position == 0]] = 0  # what every sentence starts with is never predicted
            n_contexts = len(counted[n - 2].keys) if n > 1 else 1
            self.orders.append(_estimated(these.keys, counts, these.keys // vocab_size, n_contexts))

    def log_probabilities(self, sentences: Sequence[Sequence[int]]) -> np.ndarray:
        """log p of each token after the first of its sentence, given those before it; one sentence after the other."""
        tokens, position = laid_out(sentences)
        p = np.full(len(tokens), 1 / self.vocab_size)
        context = np.zeros_like(tokens)
        for n, order in enumerate(self.orders, 1):
            known = (position >= n - 1) & (context >= 0)
            gram = np.where(known, order.find(context * self.vocab_size + tokens), -1)
            p = np.where(known, order.gamma[context] * p, p) + np.where(gram >= 0, order.share[gram], 0)
            context = one_later(gram)
        return np.log(p[position > 0])

    def distribution(self, context: Sequence[int]) -> np.ndarray:
        """p(w | context) for every token w, [vocab_size]; of a long context only the end is looked at."""
        p = np.full(self.vocab_size, 1 / self.vocab_size)
        for n, order in enumerate(self.orders, 1):
            gram = self._find(context[len(context) - (n - 1) :]) if n <= len(context) + 1 else -1
            if gram < 0:
                break
            p = order.gamma[gram] * p
            low, high = np.searchsorted(order.keys, (gram * self.vocab_size, (gram + 1) * self.vocab_size))
            p[order.keys[low:high] % self.vocab_size] += order.share[low:high]
        return p

    def _find(self, gram: Sequence[int]) -> int:
        """The index of an n-gram among those of its length, -1 if it was never seen; 0 for the empty one."""
        index = 0
        for order, token in zip(self.orders, gram, strict=False):
            index = int(order.find(np.array([index * self.vocab_size + token]))[0])
            if index < 0:
                break
        return index


def _estimated(keys: np.ndarray, counts: np.ndarray, context: np.ndarray, n_contexts: int) -> Order:
    """Discount the counts of all n-grams of one n, and see what is left over in each context."""
    removed = discounts(counts)[np.minimum(counts, 3)]
    total = np.bincount(context, weights=counts, minlength=n_contexts)
    gamma = np.bincount(context, weights=removed, minlength=n_contexts)
    gamma = np.divide(gamma, total, out=np.ones(n_contexts), where=total > 0)
    return Order(keys, (counts - removed) / np.maximum(total, 1)[context], gamma)
