"""Greedy decoding and beam search write what the transformers library writes with the same weights.

How its beam search (``generate(num_beams=width, early_stopping=True)``) and ours correspond:

- The score is the same, log p / length^length_penalty. The length counts the end, and not the prompt: not for a GPT
  either.
- Both stop as soon as ``width`` texts have ended, and drop an end that is not among a step's ``width`` best.
- They differ for texts that have no room to end. The library takes the ``width`` best continuations of the last
  possible step for complete, ended or not, and lets them compete by score; ours never puts a text that has not ended
  before one that has. ``as_there`` ranks what our search looked at by the library's rule.
- With one beam the library decodes greedily and gives no scores: they are computed from its logits.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
import torch

from explorer.model.beam import ENDED, LIVE, search
from explorer.model.decoding import greedy_tokens
from explorer.model.sharing import shared_copy
from tests.golden.hugging_face import random_gpt2, random_marian, transformers

BOS, MAX_LEN = 1, 17
# A model whose output matrix is its embedding matrix, and random, says the same token again and again.
ANY = {"max_len": MAX_LEN, "tied_embeddings": False}
PROMPTS = [[BOS], [BOS, 7, 3], [2, 2, 5, 11, 13]]
SOURCES = [[2, 3, 5, 7, 11, 13, 17], [18, 4], [16, 14, 12, 6, 6]]
MARIANS = {
    "marian": {},
    "learned positions": {"positions": "learned", "activation": "relu", "embedding_scale": False},
    "two vocabularies": {"source_vocab_size": 23, "n_decoder_layers": 1},
}
MODELS = ("gpt2", *MARIANS)


@cache
def models(name):
    """(ours, theirs), and what they are asked: (prefix, sources or None) each."""
    if name == "gpt2":
        return *random_gpt2(**ANY), [(prompt, None) for prompt in PROMPTS]
    return *random_marian(**ANY, **MARIANS[name]), [([BOS], SOURCES), ([BOS, 7, 3], SOURCES)]


def generate(theirs, prefix, sources, end, max_new, width=1, length_penalty=1.0, never=()):
    """The library's n-best list for each source, [(ids without the prefix, score)], the best first."""
    config = transformers.GenerationConfig(
        max_new_tokens=max_new,
        num_beams=width,
        num_return_sequences=width,
        length_penalty=length_penalty,
        early_stopping=width > 1,
        do_sample=False,
        eos_token_id=end,
        pad_token_id=0,
        decoder_start_token_id=BOS,
        return_dict_in_generate=True,
        output_scores=True,
        bad_words_ids=[[token] for token in never] or None,
    )
    if sources is None:
        tokens = torch.tensor([prefix])
        found = theirs.generate(tokens, attention_mask=torch.ones_like(tokens), generation_config=config)
    else:
        longest = max(map(len, sources))
        tokens = torch.tensor([source + [0] * (longest - len(source)) for source in sources])
        real = torch.tensor([[i < len(source) for i in range(longest)] for source in sources])
        start = torch.tensor([prefix] * len(sources))
        found = theirs.generate(tokens, attention_mask=real.long(), decoder_input_ids=start, generation_config=config)
    texts = [until(ids, end) for ids in found.sequences[:, len(prefix) :].tolist()]
    if width == 1:
        steps = torch.stack(found.scores).log_softmax(-1)  # [step, text, vocab_size]
        scores = [
            sum(float(steps[t, n, token]) for t, token in enumerate(text)) / len(text) ** length_penalty
            for n, text in enumerate(texts)
        ]
    else:
        scores = found.sequences_scores.tolist()
    ranked = list(zip(texts, scores, strict=True))
    return [ranked[n : n + width] for n in range(0, len(ranked), width)]


def until(ids, end):
    """The ids as far as the end, without the padding after it."""
    return tuple(ids[: ids.index(end) + 1] if end in ids else ids)


def as_there(found, max_new, width, length_penalty):
    """What a search looked at, ranked by the library's rule: [(ids, score)]."""
    live, complete = [()], []
    for length, looked_at in enumerate(found.steps, 1):
        texts = [(*live[each.parent], each.token) for each in looked_at]
        complete += [
            (text, each.log_probability / length**length_penalty)
            for rank, (text, each) in enumerate(zip(texts, looked_at, strict=True))
            if each.fate == ENDED or (length == max_new and rank < width)
        ]
        live = [text for text, each in zip(texts, looked_at, strict=True) if each.fate == LIVE]
    return sorted(complete, key=lambda one: -one[1])[:width]


def suppressing(ours, never):
    """The same model with a config that says which tokens are never written."""
    other = shared_copy(ours)
    other.config = replace(ours.config, suppressed_tokens=tuple(never))
    return other


def ends(ours, prefix, sources, max_new):
    """None, a token that greedy decoding does not meet, and some that it meets early and late."""
    free = list(greedy_tokens(ours, prefix, -1, max_new, sources and sources[0]))
    return {None, free[0], free[2], free[-1], min(set(range(19)) - set(free))}


def compare(name, prefix, sources, end, max_new, width, length_penalty, never=()):
    """Search with both; the kinds of n-best lists that were met: did all texts end, none, or some?"""
    ours, theirs, _ = models(name)
    ours = suppressing(ours, never)
    expected = generate(theirs, prefix, sources, end, max_new, width, length_penalty, never)
    found = search(ours, prefix, end, max_new, width, sources=sources, length_penalty=length_penalty)
    kinds = set()
    for there, here in zip(expected, found, strict=True):
        ranked = as_there(here, max_new, width, length_penalty)
        assert [text for text, _ in ranked] == [text for text, _ in there]
        assert [score for _, score in ranked] == pytest.approx([score for _, score in there], abs=1e-4)
        if all(text[-1] == end for text, _ in there) or not any(each.ended for each in here.best):
            assert [each.ids for each in here.best] == [text for text, _ in there]  # by both rules
            assert [each.score for each in here.best] == [score for _, score in ranked]
        kinds.add(frozenset(each.ended for each in here.best))
    return kinds


@pytest.mark.parametrize("name", MODELS)
def test_greedy_decoding_writes_the_same(name):
    ours, theirs, asked = models(name)
    lengths = set()
    for prefix, sources in asked:
        max_new = MAX_LEN - len(prefix) + 1  # as far as there are positions
        for end in ends(ours, prefix, sources, max_new):
            expected = generate(theirs, prefix, sources, end, max_new)
            for source, ((text, _),) in zip(sources or [None], expected, strict=True):
                written = tuple(greedy_tokens(ours, prefix, -1 if end is None else end, max_new, source))
                assert written == text
                lengths.add(len(written))
    assert {1, MAX_LEN} <= lengths
    assert len(lengths) >= 3


@pytest.mark.parametrize(
    ("width", "length_penalty"), [(1, 1.0), (2, 0.0), (2, 1.0), (3, 1.0), (3, 1.7), (5, 0.0), (5, 1.7)]
)
@pytest.mark.parametrize("name", MODELS)
def test_beam_search_finds_the_same_with_the_same_scores(name, width, length_penalty):
    ours, _, asked = models(name)
    kinds = set()
    for prefix, sources in asked:
        for end in ends(ours, prefix, sources, 7):
            kinds |= compare(name, prefix, sources, end, 7, width, length_penalty)
    assert {frozenset({True}), frozenset({False})} <= kinds


@pytest.mark.parametrize("name", MODELS)
def test_beam_search_finds_the_same_whatever_the_end_is(name):
    prefix, sources = models(name)[2][0]
    kinds = set()
    for end in range(19):
        kinds |= compare(name, prefix, sources, end, 5, 3, -0.6)
    assert frozenset({True, False}) in kinds  # texts that ended, and some that had no room to


@pytest.mark.parametrize("name", MODELS)
def test_greedy_decoding_passes_over_suppressed_tokens_as_bad_words(name):
    ours, theirs, asked = models(name)
    for prefix, sources in asked:
        source = sources and sources[:1]
        free = list(greedy_tokens(ours, prefix, None, 7, source and source[0]))
        never = sorted({free[0], free[3]})  # what it would write
        ((text, _),) = generate(theirs, prefix, source, None, 7, never=never)[0]
        written = tuple(greedy_tokens(suppressing(ours, never), prefix, None, 7, source and source[0]))
        assert written == text
        assert not set(never) & set(written)


@pytest.mark.parametrize("width", [2, 5])
@pytest.mark.parametrize("name", MODELS)
def test_beam_search_passes_over_suppressed_tokens_as_bad_words(name, width):
    """With the same scores: log p is that of the whole softmax, in the library too."""
    ours, _, asked = models(name)
    for prefix, sources in asked:
        free = list(greedy_tokens(ours, prefix, None, 7, sources and sources[0]))
        never = sorted({free[0], free[3]})
        for end in {None} | set(range(19)) - set(never):
            compare(name, prefix, sources, end, 5, width, 1.0, never)
