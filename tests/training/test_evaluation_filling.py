"""Gaps: which they are, what the counts say of them by hand, and what the model says of them."""

import math

import numpy as np
import pytest
import torch

from explorer.model.catalogue import PRETRAINED, Figure
from explorer.model.checkpoint import load_checkpoint
from explorer.model.tokenizer import MASK
from explorer.training.data import IGNORE, Batch
from explorer.training.evaluation import evaluate, filling, neighbours
from explorer.training.evaluation.filling import count_right, gaps_in_turn, guesses_in_turn, hidden_gaps
from explorer.training.evaluation.kneser_ney import KneserNey
from explorer.training.evaluation.neighbours import Gaps, Neighbours
from explorer.training.recipe import load_recipe
from tests.training.evaluated import tiny_checkpoint
from tests.training.samples import ENGLISH, tiny_data, tiny_model, tiny_recipe, tiny_tokenizer, write_data


def hidden_batches(data, seed=0, n_tokens=151):
    return list(data.batches(n_tokens, torch.Generator().manual_seed(seed)))


def test_hidden_gaps_have_the_neighbours_that_the_model_sees():
    tokens = torch.tensor([[1, 7, 3, 9, 2, 0], [1, 3, 3, 6, 8, 2]])
    targets = torch.full((2, 6), IGNORE)
    targets[0, 2], targets[1, 1], targets[1, 2] = 5, 4, 11
    gaps = hidden_gaps([Batch(tokens, tokens > 0, targets, None, None)])
    assert list(zip(gaps.left, gaps.target, gaps.right, strict=True)) == [(7, 5, 9), (1, 4, 3), (3, 11, 6)]


def test_gaps_in_turn_are_all_tokens_between_start_and_end():
    gaps = gaps_in_turn([[1, 7, 8, 2], [1, 2], [1, 9, 2]])
    assert list(zip(gaps.left, gaps.target, gaps.right, strict=True)) == [(1, 7, 8), (7, 8, 2), (1, 9, 2)]


SENTENCES = [[0, 3, 4, 3, 5, 1], [0, 4, 4, 3, 1], [0, 3, 5, 5, 1], [0, 6, 1]]  # 2 is the mask


def gaps(*triples):
    return Gaps(*np.array(triples).T)


def test_unigram_by_hand():
    """3 stands 4 times among 11 tokens, 4 and 5 3 times, 6 once; 7 tokens in the vocabulary."""
    found = Neighbours(SENTENCES, 7, 2).unigram(gaps((0, 1, 3), (5, 5, 6), (0, 3, 2)))
    assert found.n_right == 1
    assert found.nats == pytest.approx(-math.log(5 / 18) - math.log(2 / 18) - math.log(1 / 18), rel=1e-5)


def test_bigrams_are_kneser_neys_and_bayes_rule():
    filler, bigram = Neighbours(SENTENCES, 7, 2), KneserNey(SENTENCES, 2, 7)
    p = [bigram.distribution([left]) for left in range(7)]
    given = gaps((0, 4, 3), (3, 1, 5), (4, 5, 4))
    left = filler.left(given)
    assert left.nats == pytest.approx(-math.log(p[0][3]) - math.log(p[3][5]) - math.log(p[4][4]), rel=1e-5)
    assert left.n_right == sum(int(p[a].argmax() == b) for a, b in ((0, 3), (3, 5), (4, 4)))
    both = filler.both(given)
    expected = [[p[a][w] * p[w][c] for w in range(7)] for a, c in ((0, 4), (3, 1), (4, 5))]
    nats = sum(-math.log(row[b] / sum(row)) for row, b in zip(expected, (3, 5, 4), strict=True))
    assert both.nats == pytest.approx(nats, rel=1e-5)
    assert both.n_right == sum(int(np.argmax(row) == b) for row, b in zip(expected, (3, 5, 4), strict=True))


def test_a_hidden_neighbour_says_nothing():
    filler = Neighbours(SENTENCES, 7, 2)
    for target in (3, 5):
        unigram = filler.unigram(gaps((2, 2, target))).nats
        assert filler.left(gaps((2, 4, target))).nats == pytest.approx(unigram, rel=1e-5)
        assert filler.both(gaps((2, 2, target))).nats == pytest.approx(unigram, rel=1e-5)
        assert filler.both(gaps((4, 2, target))).nats == pytest.approx(filler.left(gaps((4, 3, target))).nats, rel=1e-5)


def test_pieces_change_nothing(monkeypatch):
    data = tiny_data("fill")
    filler = Neighbours(data.sentences, 300, data.mask)
    in_turn = gaps_in_turn(data.sentences)
    whole = filler.both(in_turn)
    assert len(in_turn.target) > 31
    monkeypatch.setattr(neighbours, "PIECE", 31)
    pieces = filler.both(in_turn)
    assert pieces.n_right == whole.n_right
    assert pieces.nats == pytest.approx(whole.nats, rel=1e-6)
    assert filler.unigram(in_turn).nats > filler.left(in_turn).nats > whole.nats  # each knows more


def test_count_right_counts_hidden_tokens_alone():
    batches = hidden_batches(tiny_data("fill"))
    n_hidden = len(hidden_gaps(batches).target)
    assert 0 <= count_right(tiny_model("fill"), batches) < n_hidden / 2

    class Knowing(torch.nn.Module):
        """Answers what was hidden, and the token 0 everywhere else."""

        def __init__(self):
            super().__init__()
            self.dummy = torch.nn.Parameter(torch.zeros(1))
            self.answers = iter(batches)

        def forward(self, tokens, tokens_mask):
            answer = next(self.answers).targets.clamp(min=0)
            return type("Trace", (), {"logits": torch.nn.functional.one_hot(answer, 300)})

    assert count_right(Knowing(), batches) == n_hidden


@torch.inference_mode()
def test_each_token_is_masked_in_turn(monkeypatch):
    data, model = tiny_data("fill", lines=ENGLISH[:5]), tiny_model("fill")
    mask, nats, n_right = tiny_tokenizer("fill").id_of(MASK), 0.0, 0
    for ids in data.sentences:
        for i in range(1, len(ids) - 1):
            log_p = model(torch.tensor([[*ids[:i], mask, *ids[i + 1 :]]])).logits[0, i].log_softmax(-1)
            nats -= float(log_p[ids[i]])
            n_right += int(log_p.argmax() == ids[i])
    monkeypatch.setattr(filling, "BATCH", 61)
    found = guesses_in_turn(model, data)
    assert found.nats == pytest.approx(nats, rel=1e-5)
    assert found.n_right == n_right


def test_the_table_has_a_row_for_each(tmp_path):
    data = write_data(tmp_path / "data")
    checkpoint, recipe = tiny_checkpoint("fill", tmp_path), tiny_recipe(tmp_path, "fill")
    table = list(evaluate(checkpoint, recipe, data))
    held_out = tiny_data("fill", lines=ENGLISH[::7])
    batches, in_turn = hidden_batches(held_out, n_tokens=filling.BATCH), gaps_in_turn(held_out.sentences)
    n_hidden, n = len(hidden_gaps(batches).target), len(in_turn.target)
    filler = Neighbours(tiny_data("fill").sentences, 300, held_out.mask)
    figures = [
        (found(hidden_gaps(batches)).n_right, found(in_turn)) for found in (filler.unigram, filler.left, filler.both)
    ]
    figures.append((count_right(checkpoint.model, batches), guesses_in_turn(checkpoint.model, held_out)))
    for row, (n_right, one) in zip(table[1:5], figures, strict=True):
        assert row.split()[-3:] == [
            f"{n_right / n_hidden:.1%}",
            f"{one.n_right / n:.1%}",
            f"{math.exp(one.nats / n):.2f}",
        ]
    assert f"{n_hidden} tokens, 15 %" in table[5]
    assert f"each of all {n} tokens" in table[8]


def test_a_text_too_short_to_hide_anything_is_refused(tmp_path):
    data = write_data(tmp_path / "data")
    (data / "val.en").write_text("\n", encoding="utf-8")
    with pytest.raises(ValueError, match="too short"):
        next(evaluate(tiny_checkpoint("fill", tmp_path), tiny_recipe(tmp_path, "fill"), data))


def test_a_made_up_language_counts_words_hidden_alone(tmp_path):
    """The mirror: where both images are hidden nobody can be right, so that this would measure the drawing of gaps."""
    checkpoint, figures = load_checkpoint(PRETRAINED / "classroom-tiny-bert"), []
    lines = list(evaluate(checkpoint, load_recipe("classroom-tiny-bert"), tmp_path, keep=figures.append))
    row = lines[4].split()
    assert float(row[1].removesuffix("%")) < 100
    assert row[2] == "100.0%"
    assert figures == [Figure("exactly right", "100 %", "each word of 74 held-out texts, hidden alone")]
