"""Opened models write what the library writes with them: greedy decoding and beam search, token for token.

How the two beam searches correspond, and what ``as_there`` does for texts that have no room to end, is said in
tests/golden/test_decoding_hugging_face.py.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch

from explorer.model.beam import beam_search, search
from explorer.model.decoding import greedy_tokens
from tests.golden.test_decoding_hugging_face import as_there, until
from tests.hub.models import VOCAB, both, make, open_ours, save, transformers

MAX_NEW = 7
SOURCES = [[7, 11, 13, 17, 19, 23, 2], [41, 2], [59, 37, 31, 29, 2]]
# What its config forces a BART to write is tested on its own; with tied embeddings random models repeat themselves.
MODELS = {
    "gpt2": {"tie_word_embeddings": False},
    "bart": {"tie_word_embeddings": False, "forced_eos_token_id": None},
    "marian": {"tie_word_embeddings": False, "forced_eos_token_id": None, "scale_embedding": True},
    "t5": {"feed_forward_proj": "gated-gelu", "num_decoder_layers": 2},  # the library's cache needs as many as above
}
PREFIXES = {"gpt2": [[0], [0, 7, 3], [19, 19, 5, 11, 13]], "bart": [[2], [2, 0]], "marian": [[3], [3, 7]]}
PREFIXES["t5"] = [[0], [0, 5]]


@cache
def models(family):
    """(ours, theirs, [(prefix, sources)])"""
    with TemporaryDirectory() as folder:
        ours, theirs = both(family, Path(folder), seed=2, **MODELS[family])
    sources = None if family == "gpt2" else SOURCES
    return ours, theirs, [(prefix, sources) for prefix in PREFIXES[family]]


def generate(theirs, prefix, sources, end, max_new, width=1, length_penalty=1.0, never=(), **options):
    """The library's n-best list for each source, [(ids without the prefix, score)], the best first."""
    config = transformers.GenerationConfig(
        max_new_tokens=max_new,
        num_beams=width,
        num_return_sequences=width,
        length_penalty=length_penalty,
        early_stopping=width > 1,
        do_sample=False,
        decoder_start_token_id=prefix[0],
        eos_token_id=end,
        pad_token_id=3,
        bad_words_ids=[[token] for token in never] or None,
        return_dict_in_generate=True,
        output_scores=True,
        **options,
    )
    theirs.generation_config = config  # else what its own says is put where this one says nothing
    if sources is None:
        tokens = torch.tensor([prefix])
        found = theirs.generate(tokens, attention_mask=torch.ones_like(tokens))
    else:
        longest = max(map(len, sources))
        tokens = torch.tensor([source + [3] * (longest - len(source)) for source in sources])
        real = torch.tensor([[int(i < len(source)) for i in range(longest)] for source in sources])
        start = torch.tensor([prefix] * len(sources))
        found = theirs.generate(tokens, attention_mask=real, decoder_input_ids=start)
    texts = [until(ids, end) for ids in found.sequences[:, len(prefix) :].tolist()]
    if width == 1:
        steps = torch.stack(found.scores).log_softmax(-1)
        sums = [sum(float(steps[t, n, token]) for t, token in enumerate(text)) for n, text in enumerate(texts)]
        scores = [score / len(text) ** length_penalty for score, text in zip(sums, texts, strict=True)]
    else:
        scores = found.sequences_scores.tolist()
    ranked = list(zip(texts, scores, strict=True))
    return [ranked[n : n + width] for n in range(0, len(ranked), width)]


def ends(ours, prefix, sources):
    """None, tokens that greedy decoding meets early and late, and one that it does not meet."""
    free = list(greedy_tokens(ours, prefix, None, MAX_NEW, sources and sources[0]))
    return [None, free[1], free[-1], min(set(range(5, VOCAB)) - set(free))]


def compare(ours, theirs, prefix, sources, end, width, length_penalty, never=()):
    """How many texts ended; the n-best lists of both are the same, and their scores."""
    expected = generate(theirs, prefix, sources, end, MAX_NEW, width, length_penalty, never)
    found = search(ours, prefix, end, MAX_NEW, width, sources=sources, length_penalty=length_penalty)
    for there, here in zip(expected, found, strict=True):
        ranked = as_there(here, MAX_NEW, width, length_penalty)
        assert [text for text, _ in ranked] == [text for text, _ in there]
        assert [score for _, score in ranked] == pytest.approx([score for _, score in there], abs=1e-4)
        if all(text[-1] == end for text, _ in there):
            assert [each.ids for each in here.best] == [text for text, _ in there]
    return sum(each.ended for here in found for each in here.best)


@pytest.mark.parametrize("family", MODELS)
def test_greedy_decoding_writes_the_same(family):
    ours, theirs, asked = models(family)
    for prefix, sources in asked:
        for end in ends(ours, prefix, sources):
            expected = generate(theirs, prefix, sources, end, MAX_NEW)
            for source, ((text, _),) in zip(sources or [None], expected, strict=True):
                assert tuple(greedy_tokens(ours, prefix, end, MAX_NEW, source)) == text


@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("family", MODELS)
def test_beam_search_finds_the_same_with_the_same_scores(family, width, length_penalty):
    ours, theirs, asked = models(family)
    prefix, sources = asked[width % len(asked)]
    ended = [compare(ours, theirs, prefix, sources, end, width, length_penalty) for end in ends(ours, prefix, sources)]
    assert ended[0] == 0
    assert max(ended) > 0


@pytest.mark.parametrize("where", ["generation_config.json", "config.json"])
@pytest.mark.parametrize("family", MODELS)
def test_what_its_files_suppress_is_never_written(family, where, tmp_path):
    """bad_words_ids of one token each, as Marian's padding."""
    theirs = make(family, seed=2, **MODELS[family])
    free, _, asked = models(family)
    prefix, sources = asked[0]
    written = list(greedy_tokens(free, prefix, None, MAX_NEW, sources and sources[0]))
    never = sorted({written[0], written[-1]})
    words = [[token] for token in never]
    if where == "config.json":
        save(theirs, tmp_path, bad_words_ids=words)
    else:
        theirs.generation_config.bad_words_ids = words
        save(theirs, tmp_path, bad_words_ids=None)
    entry, ours = open_ours(tmp_path)
    assert entry.config.suppressed_tokens == tuple(never)
    for width in (2, 3):
        compare(ours, theirs, prefix, sources, None, width, 1.0, never)
    ((text, _),) = generate(theirs, prefix, sources and sources[:1], None, MAX_NEW, never=never)[0]
    assert tuple(greedy_tokens(ours, prefix, None, MAX_NEW, sources and sources[0])) == text
    assert not set(text) & set(never)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_bart_that_is_forced_to_begin_with_a_token_has_it_in_its_prefix(width):
    """The library counts the token as written, and its log p as 0: without a length penalty that is all the same."""
    ours, theirs, _ = models("bart")
    for first in (0, 7, 11):
        found = generate(theirs, [2], SOURCES[:1], 2, MAX_NEW, width, 0.0, forced_bos_token_id=first)
        there = found[0][0][0]
        assert there[0] == first
        ((best, *_),) = beam_search(ours, [2, first], 2, MAX_NEW - 1, width, sources=SOURCES[:1], length_penalty=0.0)
        assert best.ids == there[1:]


def test_a_bart_that_is_forced_to_end_writes_the_same_up_to_there():
    """forced_eos_token_id is about a text that has reached its greatest length; ours is shown as it is, without end."""
    ours, theirs, _ = models("bart")
    ((there, _),) = generate(theirs, [2], SOURCES[:1], 2, MAX_NEW, forced_eos_token_id=2)[0]
    here = tuple(greedy_tokens(ours, [2], 2, MAX_NEW, SOURCES[0]))
    assert there[-1] == 2
    assert here[:-1] == there[:-1]
    assert here[-1] != 2
