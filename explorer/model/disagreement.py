"""Where greedy decoding, beam search and the most probable text part: looked for among all short texts, in order.

Greedy takes the best token each time, a beam keeps a few beginnings, and neither looks at all texts. Whether that costs
anything for a given model and prompt is a fact to be found, not staged: the exact argmax is there to compare with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from explorer.model.beam import Hypothesis, beam_search
from explorer.model.best_first import most_probable_text
from explorer.model.transformer import Transformer


@dataclass(frozen=True)
class Attempt:
    """One text that was given to the model, and what three ways of decoding make of it. No length penalty anywhere."""

    given: tuple[int, ...]  # a GPT's prompt or a translator's source, without the special tokens around it
    greedy: Hypothesis
    beam: Hypothesis  # the best one of its beam
    best: Hypothesis | None  # argmax_y p(y | given); None where the exact search was given up, or no text ends

    @property
    def all_differ(self) -> bool:
        """Whether they are three different texts, each of which has come to its end."""
        found = (self.greedy, self.beam, self.best)
        return all(each and each.ended for each in found) and len({each.ids for each in found}) == len(found)

    @property
    def greedy_misses(self) -> bool:
        """Whether greedy decoding wrote another text than the most probable one."""
        return self.best is not None and self.greedy.ids != self.best.ids

    @property
    def beam_misses(self) -> bool:
        return self.best is not None and self.beam.ids != self.best.ids


def short_texts(words: Sequence[int], longest: int, shortest: int = 0) -> Iterator[tuple[int, ...]]:
    """All texts of ``shortest`` to ``longest`` of these tokens, short ones first, in the order of ``words``."""
    for length in range(shortest, longest + 1):
        yield from product(words, repeat=length)


def count_short_texts(n_words: int, longest: int, shortest: int = 0) -> int:
    return sum(n_words**length for length in range(shortest, longest + 1))


def attempts(
    model: Transformer, given: Iterable[Sequence[int]], *, start: int, end: int, width: int
) -> Iterator[Attempt]:
    """Decode each of the texts in the three ways, one after the other.

    Parameters
    ----------
    given : sequences of int
        Prompts of a GPT, which reads ``start`` before them, or sources of a translator, which reads ``end`` after them.
        Each leaves room for at least one token.
    start, end : int
        [BOS] and [EOS].
    width : int
        Of the beam; 1 is greedy decoding once more.
    """
    pair = model.config.has_cross_attention
    for text in given:
        prefix = [start] if pair else [start, *text]
        source = [*text, end] if pair else None
        room = model.config.max_len - len(prefix) + 1
        greedy, beam = (
            beam_search(
                model, prefix, end, room, each, sources=None if source is None else [source], length_penalty=0.0
            )[0][0]
            for each in (1, width)
        )
        best = most_probable_text(model, prefix, end, room, source)
        yield Attempt(tuple(text), greedy, beam, best.text if best.complete else None)
