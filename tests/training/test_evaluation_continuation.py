"""Perplexity is that of the probabilities on screen, and both models predict exactly the same tokens."""

import gzip
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.model.catalogue import PRETRAINED, Entry, Figure
from explorer.model.checkpoint import Checkpoint, load_checkpoint
from explorer.model.run import run
from explorer.model.tokenizer import BOS, EOS, TextTokenizer
from explorer.training.data import read_files
from explorer.training.evaluation import continuation, evaluate
from explorer.training.evaluation.continuation import read_sentences, total_nats, windows
from explorer.training.evaluation.kneser_ney import KneserNey
from explorer.training.recipe import load_recipe
from tests.golden.random_models import make_config, random_transformer
from tests.training.evaluated import tiny_checkpoint
from tests.training.samples import ENGLISH, about, tiny_recipe, write_data


def on_screen(checkpoint, lines):
    """Nats and number of tokens, from the logits that the explorer shows for each line, its end predicted too."""
    nats, n_tokens = 0.0, 0
    for line in lines:
        result = run(checkpoint, line)
        log_p = torch.tensor(result.trace.logits).log_softmax(-1)
        targets = [*result.tokens.ids[1:], checkpoint.tokenizer.id_of(EOS)]
        nats -= sum(float(log_p[i, target]) for i, target in enumerate(targets))
        n_tokens += len(targets)
    return nats, n_tokens


def test_nats_are_those_of_the_probabilities_on_screen(tmp_path, monkeypatch):
    checkpoint, lines = tiny_checkpoint("continue", tmp_path), ENGLISH[:7]
    monkeypatch.setattr(continuation, "BATCH", 3)
    sentences = read_sentences(checkpoint.tokenizer, ["", *lines])
    nats, n_tokens = on_screen(checkpoint, lines)
    assert total_nats(checkpoint.model, sentences) == pytest.approx(nats, rel=1e-5)
    assert sum(len(sentence) - 1 for sentence in sentences) == n_tokens
    with pytest.raises(ValueError, match="no sentence"):
        read_sentences(checkpoint.tokenizer, ["", ""])


def test_the_table_of_a_gpt_holds_perplexities_of_both(tmp_path):
    data, checkpoint = write_data(tmp_path / "data"), tiny_checkpoint("continue", tmp_path)
    (data / "val.en").write_text("\n".join([*ENGLISH[:5], "", "The robot sells a map."]) + "\n", encoding="utf-8")
    lines = [*ENGLISH[:5], "The robot sells a map."]
    table = list(evaluate(checkpoint, tiny_recipe(tmp_path, "continue"), data))
    nats, n_tokens = on_screen(checkpoint, lines)
    n_words = sum(line.count(" ") + 2 for line in lines)
    expected = [math.exp(nats / n) for n in (n_tokens, n_words)]
    assert [float(cell) for cell in table[2].removeprefix("tiny").split()] == pytest.approx(expected, rel=1e-4)
    counts = KneserNey(read_sentences(checkpoint.tokenizer, ENGLISH), 5, checkpoint.tokenizer.vocab_size)
    log_p = counts.log_probabilities(read_sentences(checkpoint.tokenizer, lines))
    assert len(log_p) == n_tokens
    assert table[1].split()[-2:] == [f"{math.exp(-log_p.sum() / n):.2f}" for n in (n_tokens, n_words)]
    assert f"{n_tokens:,} tokens" in table[3]
    assert f"{n_words:,} words" in table[3]


TEXT = "the cat sat on the mat and the rat sat on the cat. " * 11


@pytest.fixture
def stream(tmp_path):
    """A GPT of characters, its recipe, and its text."""
    tokenizer = TextTokenizer.train([TEXT], len(set(TEXT)) + 1, (BOS,), "characters")
    model = random_transformer(make_config("decoder", max_len=13, vocab_size=tokenizer.vocab_size))
    entry = Entry("tiny-stream", tmp_path, model.config, about(model))
    recipe = replace(tiny_recipe(tmp_path, "continue"), train=("text.gz",), validation=("text.gz",))
    with gzip.open(tmp_path / "text.gz", "wt") as file:
        file.write(TEXT)
    return Checkpoint(entry, tokenizer, model), recipe


def test_windows_hold_every_character_once(stream):
    tokenizer = stream[0].tokenizer
    found = windows(TEXT[:31], tokenizer, 13)
    assert [len(window) for window in found] == [14, 14, 6]
    assert {window[0] for window in found} == {tokenizer.id_of(BOS)}
    assert "".join(tokenizer.decode(window[1:]) for window in found) == TEXT[:31]
    with pytest.raises(ValueError, match="no text"):
        windows("", tokenizer, 13)


@torch.inference_mode()
def test_a_stream_is_measured_on_its_last_tenth(stream, tmp_path):
    checkpoint, recipe = stream
    figures = []
    table = list(evaluate(checkpoint, recipe, tmp_path, keep=figures.append))
    held_out = TEXT[int(0.9 * len(TEXT)) :]
    assert table[0].startswith(f"validation: {len(held_out)} characters")
    assert figures == [Figure("nats per character", table[3].split()[1], f"{len(held_out)} validation characters")]
    nats = 0.0
    for start in range(0, len(held_out), 13):
        ids = checkpoint.tokenizer.encode(held_out[start : start + 13])
        tokens = torch.tensor([[checkpoint.tokenizer.id_of(BOS), *ids[:-1]]])
        log_p = checkpoint.model(tokens).logits[0].log_softmax(-1)
        nats -= float(log_p[torch.arange(len(ids)), ids].sum())
    mean = nats / len(held_out)
    assert [row.split()[0] for row in table[1:4]] == ["Kneser-Ney", "Kneser-Ney", "tiny-stream"]
    assert [float(cell) for cell in table[3].split()[1:]] == pytest.approx([mean, math.exp(mean)], abs=1e-3)
    for row in table[1:3]:
        assert 0 < float(row.split()[-2]) < np.log(len(set(TEXT)))


def test_a_made_up_song_is_right_if_all_after_its_first_verse_is(tmp_path, monkeypatch):
    checkpoint, recipe = load_checkpoint(PRETRAINED / "classroom-tiny-gpt"), load_recipe("classroom-tiny-gpt")
    (songs,), asked = read_files(tmp_path, recipe.validation), []

    def greedy(model, prefix, end, max_new):
        words = checkpoint.tokenizer.decode(prefix)
        asked.append(words)
        rest = checkpoint.tokenizer.encode(f"{words} {words}")
        return rest if words == "tree tree bird" else [*rest, end][:max_new]  # once without an end

    monkeypatch.setattr(continuation, "greedy_tokens", greedy)
    figures = []
    lines = list(evaluate(checkpoint, recipe, tmp_path, keep=figures.append))
    assert asked == [" ".join(song.split()[:3]) for song in songs]
    assert lines[-1].split()[-2:] == ["73", "98.6%"]
    assert figures == [Figure("exactly right", "98.6 %", "74 held-out texts, given their first verse")]
