"""Batches: what is hidden, what is predicted, and that their order follows from the seed alone."""

import gzip

import pytest
import torch

from explorer.model.tokenizer import BOS, CLS, EOS, MASK, PAD, SEP, TextTokenizer
from explorer.training.data import (
    IGNORE,
    ContinuationData,
    StreamData,
    TranslationData,
    read_files,
    read_lines,
    split_stream,
)
from explorer.training.train import prepare
from tests.training.samples import ENGLISH, FLIPPED, tiny_data, tiny_recipe, tiny_tokenizer, write_data


def batches(data, seed=0, n_tokens=151):
    return list(data.batches(n_tokens, torch.Generator().manual_seed(seed)))


def same(one, other):
    return all(
        (a is None and b is None) or torch.equal(a, b)
        for a, b in zip(vars(one).values(), vars(other).values(), strict=True)
    )


@pytest.mark.parametrize("task", ["translate", "continue", "fill"])
def test_order_follows_from_the_generator_alone(task):
    one, again, other = (batches(tiny_data(task), seed) for seed in (5, 5, 7))
    torch.manual_seed(11)
    assert len(one) > 2
    assert len(one) == len(again)
    assert all(map(same, one, again))
    assert not all(map(same, one, other))


@pytest.mark.parametrize("task", ["translate", "fill"])
def test_batches_hold_every_sentence_once_within_their_size(task):
    data, seen = tiny_data(task), 0
    for batch in batches(data):
        assert batch.tokens.numel() <= 151
        assert (batch.tokens_mask | (batch.tokens == data.pad)).all()
        seen += len(batch.tokens)
    assert seen == len(ENGLISH)


def test_translation_predicts_the_next_target_token():
    tokenizer = tiny_tokenizer("translate")
    bos, eos, pad = (tokenizer.id_of(name) for name in (BOS, EOS, PAD))
    found = set()
    for batch in batches(tiny_data("translate")):
        assert (batch.tokens[:, 0] == bos).all()
        assert torch.equal(batch.targets != IGNORE, batch.tokens_mask)
        assert torch.equal(batch.source != pad, batch.source_mask)
        inside = batch.tokens_mask[:, 1:]
        assert torch.equal(batch.tokens[:, 1:][inside], batch.targets[:, :-1][inside])
        for source, target in zip(batch.source.tolist(), batch.targets.tolist(), strict=True):
            assert [i for i in target if i != IGNORE][-1] == eos
            found.add((tokenizer.decode(source), tokenizer.decode(i for i in target if i != IGNORE)))
    assert found == set(zip(ENGLISH, FLIPPED, strict=True))


def test_continuation_lays_whole_sentences_end_to_end():
    tokenizer, data = tiny_tokenizer("continue"), tiny_data("continue")
    for batch in batches(data):
        assert batch.tokens.shape[1] == 29
        assert (batch.tokens[:, 0] == tokenizer.id_of(BOS)).all()
        assert torch.equal(batch.tokens[:, 1:], batch.targets[:, :-1])
        for row in batch.tokens.tolist():
            assert tokenizer.decode(row[: row.index(tokenizer.id_of(EOS))]) in ENGLISH


@pytest.mark.parametrize("share", [0.15, 0.4])
def test_filling_hides_a_share_and_targets_only_those(share):
    tokenizer, data = tiny_tokenizer("fill"), tiny_data("fill")
    assert data.masked == 0.15
    data.masked = share
    whole = {tuple(sentence) for sentence in data.sentences}
    hidden = masked = changed = ordinary = 0
    for seed in range(41):
        for batch in batches(data, seed):
            target = batch.targets != IGNORE
            for name in (CLS, SEP, PAD):
                assert not (batch.targets == tokenizer.id_of(name)).any()
            original = torch.where(target, batch.targets, batch.tokens)
            rows = zip(original.tolist(), batch.tokens_mask.sum(1).tolist(), strict=True)
            assert {tuple(row[:length]) for row, length in rows} <= whole
            hidden += int(target.sum())
            ordinary += int((original >= data.n_special).sum())
            masked += int((batch.tokens[target] == tokenizer.id_of(MASK)).sum())
            changed += int((batch.tokens != original).sum())
    assert hidden / ordinary == pytest.approx(share, abs=0.01)
    assert masked / hidden == pytest.approx(0.8, abs=0.02)
    assert (changed - masked) / hidden == pytest.approx(0.1, abs=0.02)


def test_sentences_that_do_not_fit_are_left_out_of_training():
    short = ["An owl."]
    data = tiny_data("fill", max_len=13, lines=[*short, "The owl " * 13])
    assert [tiny_tokenizer("fill").decode(sentence) for sentence in data.sentences] == short


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"nothing\.en is missing: does --data name the right folder"):
        read_lines(tmp_path / "nothing.en")
    packed = gzip.compress(b"One line\n" * 100)
    for name, content in (
        ("cut", packed[:-11]),
        ("plain", b"One line\n"),
        ("bent", packed[:13] + b"\xff" + packed[14:]),
    ):
        path = tmp_path / f"{name}.gz"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=rf"{name}\.gz cannot be read"):
            read_lines(path)
    (tmp_path / "latin.en").write_bytes("Käse".encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin\.en cannot be read"):
        read_lines(tmp_path / "latin.en")


def test_files_of_different_lengths_do_not_belong_together(tmp_path):
    (tmp_path / "a.en").write_text("one\ntwo\nthree\n")
    (tmp_path / "a.xx").write_text("eno\nowt\n")
    assert read_files(tmp_path, ["a.en"]) == [["one", "two", "three"]]
    with pytest.raises(ValueError, match=r"do not belong together: a\.en 3 and a\.xx 2"):
        read_files(tmp_path, ["a.en", "a.xx"])


STREAM = "the quick brown fox jumps over the lazy dog\n" * 9  # 396 characters


def stream(max_len=13):
    tokenizer = TextTokenizer.train([STREAM], len(set(STREAM)) + 1, (BOS,), "characters")
    return StreamData(STREAM, tokenizer, max_len), tokenizer


def test_stream_windows_are_read_from_their_start_and_wholly_predicted():
    data, tokenizer = stream()
    for seed in range(5):
        texts = []
        for batch in batches(data, seed, n_tokens=40):
            assert batch.tokens.shape == (len(batch.tokens), 13) and len(batch.tokens) <= 3
            assert (batch.tokens[:, 0] == tokenizer.id_of(BOS)).all()
            assert torch.equal(batch.tokens[:, 1:], batch.targets[:, :-1])
            assert batch.tokens_mask.all()
            texts += [tokenizer.decode(row) for row in batch.targets.tolist()]
        assert all(text in STREAM for text in texts)
        assert len(texts) in (29, 30)  # 396 characters less the offset, in windows of 13
    assert not same(batches(data, 1)[0], batches(data, 2)[0])


def test_stream_in_order_counts_every_character_once():
    data, tokenizer = stream()
    seen = [row for batch in data.in_order(40) for row in batch.targets.tolist()]
    assert "".join(tokenizer.decode(row) for row in seen) == STREAM
    assert [len(row) for row in seen] == [13] * 30 + [6]


def test_stream_is_split_once():
    train, validation = split_stream(STREAM)
    assert train + validation == STREAM
    assert len(train) == 356  # 90 % of 396, rounded down


def test_the_longest_text_is_one_that_can_be_read():
    """A target of max_len tokens and its [EOS] fits, one more does not; likewise a sentence of a GPT."""
    words = TextTokenizer.train(["a b"], 4, (BOS, EOS), "words")
    for n, fits in ((4, True), (5, False)):
        assert bool(TranslationData([["a"], ["b " * n]], words, 5).pairs) == fits
        assert bool(TranslationData([["a " * n], ["b"]], words, 5).pairs) == fits
        assert bool(ContinuationData([["a " * n]], words, 5).sentences) == fits


def test_batches_are_alike_in_both_lengths():
    """Little is padded where sources and targets differ in length independently."""
    words = TextTokenizer.train(["a b"], 4, (BOS, EOS), "words")
    generator = torch.Generator().manual_seed(0)
    sides = [["a " * int(n) for n in torch.randint(1, 30, (999,), generator=generator)] for _ in range(2)]
    data = TranslationData(sides, words, 40)
    real = padding = 0
    for batch in data.batches(500, generator):
        assert max(batch.source.numel(), batch.tokens.numel()) <= 500
        for mask in (batch.source_mask, batch.tokens_mask):
            real, padding = real + int(mask.sum()), padding + int((~mask).sum())
    assert padding < 0.25 * real


def test_the_recipe_says_how_much_is_hidden_in_training_and_not_in_validation(tmp_path):
    recipe = tiny_recipe(tmp_path, "fill", masked="0.4")
    trainer, _ = prepare(recipe, write_data(tmp_path / "data"), tmp_path / "run", torch.device("cpu"))
    assert (trainer.data.masked, trainer.validation.masked) == (0.4, 0.15)
