"""Which figures are printed for which model, what is refused, and the command line's way there."""

import signal
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from explorer.cli import app
from explorer.model.checkpoint import save_checkpoint
from explorer.training.evaluation import SPLITS, Options, evaluate, sums_up
from explorer.training.evaluation.report import percent, table
from tests.training.evaluated import tiny_checkpoint, write_splits
from tests.training.samples import about, tiny_model, tiny_recipe, tiny_tokenizer, write_recipe


@pytest.mark.parametrize(
    ("task", "first", "rows"),
    [
        ("translate", "validation: BLEU of 9 sentences", ["greedy", "beam 5"]),
        ("continue", "validation: perplexity on 9 sentences", ["Kneser-Ney 5-gram", "tiny"]),
        ("fill", "validation: 9 sentences", ["unigram", "bigram, left", "bigram, both", "tiny"]),
    ],
)
def test_evaluate_prints_a_table_for_each_task(tmp_path, task, first, rows):
    data, watched = write_splits(tmp_path / "data"), []

    def watch(items, words):
        watched.append(words)
        return items

    lines = list(evaluate(tiny_checkpoint(task, tmp_path), tiny_recipe(tmp_path, task), data, watch=watch))
    assert lines[0].startswith(first)
    for line, row in zip(lines[1:], rows, strict=False):
        assert line.startswith(row)
    assert watched
    assert all(watched)


@pytest.mark.parametrize(
    ("task", "names", "cells"),
    [
        ("translate", ["BLEU, lower-cased", "BLEU, cased"], [-1, -2]),
        ("continue", ["perplexity per token", "perplexity per word"], [-2, -1]),
        ("fill", ["hidden tokens named first", "pseudo-perplexity"], [-3, -1]),
    ],
)
def test_figures_to_keep_are_those_of_the_models_last_row(tmp_path, task, names, cells):
    data, figures = write_splits(tmp_path / "data"), []
    checkpoint, recipe = tiny_checkpoint(task, tmp_path), tiny_recipe(tmp_path, task)
    lines = list(evaluate(checkpoint, recipe, data, keep=figures.append))
    row = [line for line in lines if line.startswith(("tiny", "beam 5"))][-1].split()
    assert [figure.name for figure in figures] == names
    for figure, cell in zip(figures, cells, strict=True):
        number = figure.value.removesuffix(" %")
        digits = len(number.partition(".")[2])
        assert float(number) == pytest.approx(float(row[cell].removesuffix("%")), abs=0.51 * 10**-digits)


def test_a_translator_is_summed_up_by_its_test_set_alone(tmp_path):
    data, figures = write_splits(tmp_path / "data", tokenized=False), []
    checkpoint, recipe = tiny_checkpoint("translate", tmp_path), tiny_recipe(tmp_path, "translate")
    list(evaluate(checkpoint, recipe, data, Options("validation"), keep=figures.append))
    assert figures == []
    list(evaluate(checkpoint, recipe, data, Options(beam=2), keep=figures.append))
    assert [(figure.name, figure.of) for figure in figures] == [("BLEU, cased", "test_2016_flickr, beam 2")]
    assert [sums_up(recipe, Options(split)) for split in SPLITS] == [False, True, True]
    made = replace(recipe, validation=("made:reverse.source.validation", "made:reverse.target.validation"))
    assert sums_up(made, Options("validation"))
    assert sums_up(tiny_recipe(tmp_path, "fill"), Options("validation"))


def test_only_all_of_it_is_100_percent():
    assert [percent(*pair) for pair in ((7, 7), (0, 7), (2, 3), (99_999, 100_000))] == [
        "100 %",
        "0.0 %",
        "66.7 %",
        "99.9 %",
    ]


def test_evaluate_refuses_another_architecture(tmp_path):
    with pytest.raises(ValueError, match="tiny is of architecture 'encoder'; tiny-continue trains 'decoder'"):
        next(evaluate(tiny_checkpoint("fill", tmp_path), tiny_recipe(tmp_path, "continue"), tmp_path))


def test_options_that_cannot_be_measured(tmp_path):
    with pytest.raises(ValueError, match="no split 'test'; there are: validation, test_2016_flickr, both"):
        Options(split="test")
    with pytest.raises(ValueError, match="at least one hypothesis, not 0"):
        Options(beam=0)
    with pytest.raises(ValueError, match="tiny does not translate"):
        Options(beside=tiny_checkpoint("fill", tmp_path))
    for options in (Options(by_length=True), Options(beside=tiny_checkpoint("translate", tmp_path, "other"))):
        with pytest.raises(ValueError, match="tiny does not translate: leave --by-length and --beside out"):
            next(evaluate(tiny_checkpoint("fill", tmp_path), tiny_recipe(tmp_path, "fill"), tmp_path, options))
    same = Options(beside=tiny_checkpoint("translate", tmp_path))
    with pytest.raises(ValueError, match="tiny beside itself"):
        next(evaluate(tiny_checkpoint("translate", tmp_path), tiny_recipe(tmp_path, "translate"), tmp_path, same))


def test_a_table_lines_up():
    assert list(table(["a", "long head"], [["longer", "1.5"], ["b", "10.25"]])) == [
        "a       long head",
        "longer        1.5",
        "b           10.25",
    ]


@pytest.fixture
def command(tmp_path, monkeypatch):
    """`evaluate` of a translator with a bottlenecked sister, in this process."""
    for name, bottleneck in (("tiny-translate", False), ("tiny-translate-bottleneck", True), ("tiny-other", False)):
        model = tiny_model("translate", bottleneck=bottleneck)
        save_checkpoint(tmp_path / "pretrained" / name, model, tiny_tokenizer("translate"), about(model))
    monkeypatch.setenv("EXPLORER_PRETRAINED", str(tmp_path / "pretrained"))
    monkeypatch.setenv("EXPLORER_DEVICE", "cpu")
    arguments = ["--data", write_splits(tmp_path / "data"), "--recipe", write_recipe(tmp_path, "translate")]

    def call(*more):
        return CliRunner().invoke(app, list(map(str, ["evaluate", "tiny-translate", *arguments, *more])))

    return call


def test_the_command_chooses_split_beam_and_the_other_model(command):
    result = command("--split", "validation", "--beam", 2)
    assert result.exit_code == 0
    assert "beam 2" in result.stdout
    assert "test_2016_flickr" not in result.stdout
    assert result.stderr == ""
    heads = {}
    for more in (["--by-length"], ["--beside", "tiny-other"]):
        result = command("--split", "validation", "--beam", 2, *more)
        assert result.exit_code == 0
        heads[more[0]] = result.stdout.splitlines()[4].split()[-2:]
    assert heads == {
        "--by-length": ["tiny-translate", "tiny-translate-bottleneck"],
        "--beside": ["tiny-translate", "tiny-other"],
    }


def test_the_command_says_what_is_wrong_in_one_sentence(command):
    for more, words in (
        (["--split", "train"], "There is no split 'train'; there are: validation, test_2016_flickr, both."),
        (["--beam", "0"], "choose --beam 1 or more."),
        (["--beside", "tiny"], "There is no model 'tiny'"),
    ):
        result = command(*more)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert words in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_the_command_can_be_interrupted(command, monkeypatch):
    from explorer.training.evaluation import translation

    translate = translation.translate

    def interrupted(checkpoint, lines, width, *more):
        if width > 1:
            signal.raise_signal(signal.SIGINT)
        return translate(checkpoint, lines, width, *more)

    monkeypatch.setattr(translation, "translate", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # not what a shell gives its background jobs
    try:
        result = command()
    finally:
        signal.signal(signal.SIGINT, before)
    assert result.exit_code == 1
    assert result.stderr == "Interrupted: only what is printed above was measured.\n"
