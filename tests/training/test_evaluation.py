"""Figures: batches change nothing, and each figure is what its definition says."""

import math

import pytest
import torch

from explorer.model.catalogue import Entry
from explorer.model.checkpoint import Checkpoint
from explorer.model.run import run, write_target
from explorer.model.tokenizer import EOS
from explorer.training.data import IGNORE
from explorer.training.evaluation import bleu, evaluate, masked_accuracy, perplexities, translate_greedily
from tests.training.samples import ENGLISH, about, tiny_data, tiny_model, tiny_recipe, tiny_tokenizer, write_data


def tiny_checkpoint(task, tmp_path):
    model = tiny_model(task)
    return Checkpoint(Entry("tiny", tmp_path, model.config, about(model)), tiny_tokenizer(task), model)


def test_translations_in_batches_equal_those_one_by_one(tmp_path):
    checkpoint = tiny_checkpoint("translate", tmp_path)
    tokenizer = checkpoint.tokenizer
    lines = ENGLISH[:13]
    one_by_one = []
    for line in lines:
        ids, _ = write_target(checkpoint, [*tokenizer.encode(line), tokenizer.id_of(EOS)])
        one_by_one.append(tokenizer.decode(ids).strip())
    batched = translate_greedily(checkpoint.model, tokenizer, lines, batch_size=5)
    # The bound on the length is the longest source's in a batch, so that one of the two may have stopped earlier.
    for one, other in zip(one_by_one, batched, strict=True):
        assert one
        assert other.startswith(one)


def test_perplexity_is_that_of_the_probabilities_on_screen(tmp_path):
    checkpoint = tiny_checkpoint("continue", tmp_path)
    tokenizer, nats, n_tokens = checkpoint.tokenizer, 0.0, 0
    lines = ENGLISH[:7]
    for line in lines:
        result = run(checkpoint, line)
        log_p = torch.tensor(result.trace.logits).log_softmax(-1)
        targets = [*result.tokens.ids[1:], tokenizer.id_of(EOS)]
        nats -= sum(float(log_p[i, target]) for i, target in enumerate(targets))
        n_tokens += len(targets)
    per_token, per_word = perplexities(checkpoint.model, tokenizer, lines, batch_size=3)
    assert per_token == pytest.approx(math.exp(nats / n_tokens), rel=1e-4)
    assert per_word == pytest.approx(math.exp(nats / sum(len(line.split()) + 1 for line in lines)), rel=1e-4)
    with pytest.raises(ValueError, match="no sentence"):
        perplexities(checkpoint.model, tokenizer, ["", " "])


def test_masked_accuracy_counts_hidden_tokens_alone():
    data, model = tiny_data("fill"), tiny_model("fill")
    right, count = masked_accuracy(model, data, 151)
    assert (right, count) == masked_accuracy(model, data, 151)  # a fixed seed
    batches = list(data.batches(151, torch.Generator().manual_seed(0)))
    assert count == sum(int((batch.targets != IGNORE).sum()) for batch in batches)
    assert 0 <= right < count / 2

    class Knowing(torch.nn.Module):
        """Answers what was hidden, and the token 0 everywhere else."""

        def __init__(self):
            super().__init__()
            self.dummy = torch.nn.Parameter(torch.zeros(1))
            self.answers = iter(batches)

        def forward(self, tokens, tokens_mask):
            answer = next(self.answers).targets.clamp(min=0)
            return type("Trace", (), {"logits": torch.nn.functional.one_hot(answer, 300)})

    assert masked_accuracy(Knowing(), data, 151) == (count, count)
    with pytest.raises(ValueError, match="too short"):
        masked_accuracy(model, tiny_data("fill", lines=[""]), 151)


def test_bleu_is_cased_and_signed():
    assert bleu(ENGLISH, ENGLISH)[0] == pytest.approx(100)
    assert bleu([line.lower() for line in ENGLISH], ENGLISH)[0] < 99
    assert "case:mixed" in bleu(ENGLISH, ENGLISH)[1]
    assert "tok:13a" in bleu(ENGLISH, ENGLISH)[1]


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("translate", ["validation: BLEU", "test_2016_flickr: BLEU"]),
        ("continue", ["validation: perplexity", "(each sentence alone"]),
        ("fill", ["validation: ", "(15 %"]),
    ],
)
def test_evaluate_names_its_figures(tmp_path, task, words):
    data = write_data(tmp_path / "data")
    for language in ("en", "xx"):
        (data / f"test_2016_flickr.{language}").write_text((data / f"train.{language}").read_text())
    lines = list(evaluate(tiny_checkpoint(task, tmp_path), tiny_recipe(tmp_path, task), data))
    assert len(lines) == len(words)
    assert all(line.startswith(start) for line, start in zip(lines, words, strict=True))
    if task == "translate":
        assert "on 9 sentences" in lines[0]
        assert "on 60 sentences" in lines[1]


def test_evaluate_refuses_another_architecture(tmp_path):
    with pytest.raises(ValueError, match="tiny is of architecture 'encoder'; tiny-continue trains 'decoder'"):
        next(evaluate(tiny_checkpoint("fill", tmp_path), tiny_recipe(tmp_path, "continue"), tmp_path))
