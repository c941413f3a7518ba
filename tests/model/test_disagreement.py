"""What is found is true: greedy, beam and argmax are checked again by looking at every text."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from explorer.model.catalogue import PRETRAINED
from explorer.model.checkpoint import load_checkpoint
from explorer.model.decoding import greedy_tokens
from explorer.model.disagreement import attempts, count_short_texts, short_texts
from explorer.model.enumeration import levels
from tests.golden.random_models import make_config, random_transformer
from tests.model.tiny_decoders import sharpened

START, END, VOCAB_SIZE, ROOM = 0, 1, 5, 4
WORDS = (2, 3, 4)


def model_of(architecture: str, seed: int):
    model = random_transformer(make_config(architecture, vocab_size=VOCAB_SIZE, max_len=ROOM), seed)
    return sharpened(model, 4)


def test_short_texts_come_in_order():
    assert list(short_texts((7, 5), 2)) == [(), (7,), (5,), (7, 7), (7, 5), (5, 7), (5, 5)]
    assert next(short_texts((7, 5), 2, 1)) == (7,)
    for longest, shortest in ((3, 0), (3, 1), (0, 0)):
        assert count_short_texts(3, longest, shortest) == len(list(short_texts(WORDS, longest, shortest)))


@torch.inference_mode()
def log_p_of(model, prefix, ids, source):
    read = torch.tensor([[*prefix, *ids[:-1]]])
    logits = model(read, None if source is None else torch.tensor([source])).logits[0]
    return sum(float(logits[len(prefix) - 1 + i].double().log_softmax(-1)[token]) for i, token in enumerate(ids))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("architecture", ["decoder", "encoder-decoder"])
def test_each_attempt_is_what_looking_at_every_text_gives(architecture, seed):
    model, pair = model_of(architecture, seed), architecture == "encoder-decoder"
    given = list(short_texts(WORDS, 2, 1 if pair else 0))
    found = list(attempts(model, given, start=START, end=END, width=2))
    assert [attempt.given for attempt in found] == given
    for attempt in found:
        prefix = [START] if pair else [START, *attempt.given]
        source = [*attempt.given, END] if pair else None
        room = ROOM - len(prefix) + 1
        ended = [
            (float(log_p), tuple(ids))
            for level in levels(model, prefix, END, room, source)
            for ids, log_p in zip(level.ended.tolist(), level.ended_log_p, strict=True)
        ]
        assert attempt.best.ids == max(ended)[1]
        assert attempt.greedy.ids == tuple(greedy_tokens(model, prefix, END, room, source))
        assert len(attempt.beam.ids) <= room
        texts = {attempt.greedy.ids, attempt.beam.ids, attempt.best.ids}
        complete = all(ids[-1] == END for ids in texts)
        assert attempt.all_differ == (len(texts) == 3 and complete)
        assert attempt.greedy_misses == (attempt.greedy.ids != attempt.best.ids)
        assert attempt.beam_misses == (attempt.beam.ids != attempt.best.ids)
        for hypothesis in (attempt.greedy, attempt.beam, attempt.best):
            log_p = log_p_of(model, prefix, hypothesis.ids, source)
            assert hypothesis.log_probability == pytest.approx(log_p, abs=1e-5)


def test_the_toy_has_an_example_and_it_is_one():
    checkpoint = load_checkpoint(PRETRAINED / "classroom-tiny-gpt")
    model, tokenizer = checkpoint.model, checkpoint.tokenizer
    start, end = tokenizer.id_of("[BOS]"), tokenizer.id_of("[EOS]")
    words = [token for token in range(tokenizer.vocab_size) if token not in tokenizer.special_ids.values()]
    search = attempts(model, short_texts(words, 2), start=start, end=end, width=2)
    found = next(attempt for attempt in search if attempt.all_differ)
    prefix = [start, *found.given]
    log_p = [log_p_of(model, prefix, each.ids, None) for each in (found.greedy, found.beam, found.best)]
    assert log_p[2] > max(log_p[:2]) + 1e-3
    # Greedy: each of its tokens is the best one there. The argmax: better than every text that differs in two tokens.
    with torch.inference_mode():
        logits = model(torch.tensor([[*prefix, *found.greedy.ids[:-1]]])).logits[0, len(prefix) - 1 :]
    assert logits.argmax(-1).tolist() == list(found.greedy.ids)
    n = len(found.best.ids) - 1
    others = product(words, repeat=2)
    changed = [(*pair, *found.best.ids[2:]) for pair in others if pair != found.best.ids[:2]]
    assert n > 2 and all(log_p_of(model, prefix, ids, None) < log_p[2] for ids in changed)
