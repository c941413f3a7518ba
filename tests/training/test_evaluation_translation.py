"""Translations: batches change nothing, and what is printed is BLEU of what the model wrote."""

from dataclasses import replace

import pytest

from explorer.model.beam import beam_search
from explorer.model.catalogue import Figure
from explorer.model.decoding import greedy_tokens
from explorer.model.measured import Bucket, ByLength
from explorer.model.run import max_target
from explorer.model.tokenizer import BOS, EOS
from explorer.training.evaluation import Options, evaluate, translation
from explorer.training.evaluation.bleu import cased_bleu
from explorer.training.evaluation.translation import language, split_files, tokenized_file, translate
from tests.training.evaluated import tiny_checkpoint, write_splits
from tests.training.samples import ENGLISH, FLIPPED, tiny_recipe


def test_translations_in_batches_are_those_of_each_line_alone(tmp_path, monkeypatch):
    checkpoint = tiny_checkpoint("translate", tmp_path, tied_embeddings=False)
    tokenizer, lines, seen = checkpoint.tokenizer, ENGLISH[:13], []
    bos, eos = tokenizer.id_of(BOS), tokenizer.id_of(EOS)
    monkeypatch.setattr(translation, "BATCH", 5)
    greedy = translate(checkpoint, lines, 1, lambda items, words: seen.append((len(items), words)) or items, "go")
    assert seen == [(3, "go")]
    wide = translate(checkpoint, lines, 4)
    assert len(set(greedy)) > 5
    assert wide != greedy
    for line, narrow_one, wide_one in zip(lines, greedy, wide, strict=True):
        source = [*tokenizer.encode(line), eos]
        room = max_target(len(source), 29)
        assert narrow_one == tokenizer.decode(greedy_tokens(checkpoint.model, [bos], eos, room, source)).strip()
        ((best, *_),) = beam_search(checkpoint.model, [bos], eos, room, 4, sources=[source])
        assert wide_one == tokenizer.decode(best.ids).strip()


def test_names_of_files():
    names = ("multi30k/val.en.gz", "multi30k/val.de.gz")
    assert split_files(names, "validation") == names
    assert split_files(names, "test_2016_flickr") == (
        "multi30k/test_2016_flickr.en.gz",
        "multi30k/test_2016_flickr.de.gz",
    )
    assert tokenized_file("multi30k/test_2016_flickr.de.gz") == "multi30k/tok/test_2016_flickr.lc.norm.tok.de.gz"
    assert tokenized_file("val.fr") == "tok/val.lc.norm.tok.fr"
    assert [language(name) for name in ("multi30k/val.de.gz", "val.fr")] == ["de", "fr"]


@pytest.fixture
def perfect(monkeypatch):
    """Beams that know the language, and greedy decoding that forgets the first sentence."""
    answers = dict(zip(ENGLISH, FLIPPED, strict=True))

    def answer(checkpoint, lines, width, *_):
        found = [answers[line] if checkpoint.entry.name == "tiny" else "Nothing." for line in lines]
        return found if width > 1 else ["Nothing at all.", *found[1:]]

    monkeypatch.setattr(translation, "translate", answer)
    return answers


def lines_of(tmp_path, options=Options(), **files):  # noqa: B008 (frozen)
    data = write_splits(tmp_path / "data", **files)
    checkpoint, recipe = tiny_checkpoint("translate", tmp_path), tiny_recipe(tmp_path, "translate")
    return list(evaluate(checkpoint, recipe, data, options))


def test_both_ways_for_both_sets(tmp_path, perfect):
    lines = [line.split() for line in lines_of(tmp_path)]
    greedy = ["Nothing at all.", *FLIPPED[1:]]
    assert [line[0] for line in lines[:6]] == ["validation:", "greedy", "beam", "test_2016_flickr:", "greedy", "beam"]
    assert " ".join(lines[0]) == "validation: BLEU of 9 sentences cased lower-cased"
    assert " ".join(lines[3]) == "test_2016_flickr: BLEU of 60 sentences cased lower-cased"
    assert lines[2] == lines[5] == ["beam", "5", "100.00", "100.00"]
    assert lines[4][1] == f"{cased_bleu(greedy, FLIPPED).score:.2f}"
    assert float(lines[4][1]) < 100
    notes = " ".join(word for line in lines[6:] for word in line)
    for words in ("tok:13a", "tok:none", "log p / length^1", "beam 5"):
        assert words in notes


def test_one_set_greedy_alone_without_tokenised_references(tmp_path, perfect):
    lines = lines_of(tmp_path, Options(split="validation", beam=1), tokenized=False)
    assert lines[0].split()[-3:] == ["9", "sentences", "cased"]
    assert lines[1].split()[0] == "greedy"
    assert "no tokenised references" in lines[-1]
    assert len(lines) == 4


def test_by_length_beside_another(tmp_path, perfect):
    other = tiny_checkpoint("translate", tmp_path, "tiny-other")
    lines = lines_of(tmp_path, Options(split="test_2016_flickr", beam=3, beside=other))
    assert lines[3] == "test_2016_flickr: cased BLEU by the source's length in words, beam 3"
    assert lines[4].split()[-3:] == ["sentences", "tiny", "tiny-other"]
    assert lines[5].split() == ["4–6", "60", "100.00", "0.00"]


def test_by_length_alone(tmp_path, perfect):
    lines = lines_of(tmp_path, Options(split="validation", by_length=True))
    assert lines[4].split()[-2:] == ["sentences", "tiny"]
    assert lines[5].split() == ["4–6", "9", "100.00"]


def test_tables_by_length_are_kept(tmp_path, perfect):
    data, checkpoint = write_splits(tmp_path / "data"), tiny_checkpoint("translate", tmp_path)
    other, kept = tiny_checkpoint("translate", tmp_path, "tiny-other"), []
    options = Options(split="both", beam=3, beside=other)
    list(evaluate(checkpoint, tiny_recipe(tmp_path, "translate"), data, options, keep=kept.append))
    tables = [each for each in kept if isinstance(each, ByLength)]
    assert [(table.split, table.beam) for table in tables] == [("validation", 3), ("test_2016_flickr", 3)]
    assert [table.buckets for table in tables] == [(Bucket(4, 6, 9, 100.0),), (Bucket(4, 6, 60, 100.0),)]
    assert all(table.metric.startswith("cased BLEU, nrefs:1|") for table in tables)
    assert {figure.of for figure in kept if isinstance(figure, Figure)} == {"test_2016_flickr, beam 3"}


def test_a_made_up_language_counts_what_is_exactly_right(tmp_path, monkeypatch):
    names = tuple(f"made:reverse.{side}.validation" for side in ("source", "target"))
    recipe = replace(tiny_recipe(tmp_path, "translate"), validation=names)
    monkeypatch.setattr(
        translation,
        "translate",
        lambda checkpoint, lines, *_: [" ".join(line.split()[::-1]) for line in lines[:-1]] + [""],
    )
    figures = []
    lines = list(evaluate(tiny_checkpoint("translate", tmp_path), recipe, tmp_path, keep=figures.append))
    assert lines[0].split()[-3:] == ["exactly", "right", "share"]
    assert lines[1].split() == ["greedy", "668", "99.9%"]
    assert figures == [Figure("exactly right", "99.9 %", "669 held-out texts, beam 5")]


def test_a_missing_test_set_is_named(tmp_path):
    data = write_splits(tmp_path / "data")
    (data / "test_2016_flickr.xx").unlink()
    figures = evaluate(
        tiny_checkpoint("translate", tmp_path), tiny_recipe(tmp_path, "translate"), data, Options("test_2016_flickr")
    )
    with pytest.raises(ValueError, match=r"test_2016_flickr\.xx is missing"):
        next(figures)
