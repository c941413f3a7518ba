"""Translating: in batches what would come out one by one, in the order of the lines."""

import json

import pytest

from explorer.model.beam import beam_search
from explorer.model.run import max_target, run
from tests.bundled import checkpoint_of, texts, units
from tests.cli.commands import TRANSLATORS, json_lines, one_sentence

FIRST = TRANSLATORS[0]
LINES = {
    "bytes": ["Two dogs run through deep snow.", "", "A man.", "A woman sells 猫 😀 in the street.", "A man."],
    "words": ["cat dog fish", " ", "sun", "moon star", "cat"],
}


def hypotheses(name, line, width, length_penalty):
    """The beam of one line alone."""
    checkpoint = checkpoint_of(name)
    bos, eos = (checkpoint.tokenizer.id_of(special) for special in ("[BOS]", "[EOS]"))
    source = [*checkpoint.tokenizer.encode(line), eos]
    limit = max_target(len(source), checkpoint.entry.config.max_len)
    return beam_search(checkpoint.model, [bos], eos, limit, width, sources=[source], length_penalty=length_penalty)[0]


@pytest.mark.parametrize("name", TRANSLATORS)
def test_batches_give_what_single_lines_give(bundled, name):
    lines = LINES[units(name)]
    options = ("--beam", 3, "--length-penalty", 0.5, "--n-best", 2, "--json")
    answers = json_lines(bundled("translate", "--model", name, *options, lines="\n".join(lines).encode()))
    assert [answer["line"] for answer in answers] == [1, 2, 3, 4, 5]
    assert answers[1] == {"line": 2, "empty": True}
    tokenizer = checkpoint_of(name).tokenizer
    for line, answer in zip(lines, answers, strict=True):
        if not line.strip():
            continue
        expected = hypotheses(name, line, 3, 0.5)[:2]
        assert answer["source"] == line
        assert [each["ids"] for each in answer["n_best"]] == [list(each.ids) for each in expected]
        for each, hypothesis in zip(answer["n_best"], expected, strict=True):
            assert each["translation"] == tokenizer.decode(hypothesis.ids).strip()
            assert each["tokens"] == tokenizer.labels(hypothesis.ids)
            assert each["log_probability"] == pytest.approx(hypothesis.log_probability, abs=1e-4)
            assert each["score"] == pytest.approx(each["log_probability"] / len(each["ids"]) ** 0.5)
            assert each["ended"] == hypothesis.ended
        assert {"line": answer["line"], "source": line, **answer["n_best"][0]} == {
            key: value for key, value in answer.items() if key != "n_best"
        }


@pytest.mark.parametrize("name", TRANSLATORS)
def test_greedy_is_what_the_page_writes(bundled, name):
    source = texts(name).short
    checkpoint = checkpoint_of(name)
    result = bundled("translate", "--model", name, "--greedy", "--text", source)
    assert result.stdout == checkpoint.tokenizer.decode(run(checkpoint, source=source).tokens.ids) + "\n"


def test_text_is_one_line_a_line(bundled, tmp_path):
    file, out = tmp_path / "lines", tmp_path / "out"
    file.write_text("A dog.\r\n\r\nTwo dogs run.\r\n")
    command = ("translate", "--model", FIRST, file)
    answers = bundled(*command).stdout
    assert answers == "Ein Hund.\n\nZwei Hunde rennen.\n"
    assert bundled(*command, "--out", out).stdout == ""
    assert out.read_text(encoding="utf-8") == answers
    best = [line.split("\t") for line in bundled(*command, "--n-best", 2).stdout.splitlines()]
    assert [row[0] for row in best] == ["1", "1", "", "3", "3"]
    assert [best[0][2], best[3][2]] == ["Ein Hund.", "Zwei Hunde rennen."]
    assert float(best[0][1]) > float(best[1][1])


def test_no_lines_no_answers(bundled):
    for options in ((), ("--json",)):
        result = bundled("translate", "--model", FIRST, *options)
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_wrong_lines_stop_everything_or_are_skipped(bundled):
    command, lines = ("translate", "--model", FIRST), f"A dog.\n{'owl ' * 25_000}\n\xff\n".encode("latin-1")
    message = one_sentence(bundled(*command, lines=lines))
    assert message.startswith("Line 2 and 1 more cannot be read (--skip-errors goes on without): The source text has ")
    assert message.endswith("and this model has room for 96: please shorten it.")
    result = bundled(*command, "--skip-errors", lines=lines)
    assert (result.exit_code, result.stdout) == (1, "Ein Hund.\n\n\n")
    assert result.stderr == "2 of 3 lines could not be read, the first of them line 2.\n"
    errors = [
        json.loads(line) for line in bundled(*command, "--skip-errors", "--json", lines=lines).stdout.splitlines()
    ]
    assert "please shorten it." in errors[1]["error"]
    assert "bytes that are no characters" in errors[2]["error"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "gpt-captions"], "gpt-captions cannot translate; these can: translator-en-de, "),
        (["--model", FIRST[:-1]], f"Did you mean {FIRST}?"),
        (["--model", FIRST, "--greedy", "--beam", "5"], "leave out one of --greedy and --beam."),
        (["--model", FIRST, "--n-best", "6"], "A beam of width 5 finds no more than 5 translations: --n-best is 6."),
        (["--model", FIRST, "--text", " "], "The source text is empty"),
        (["--model", FIRST, "--text", "x", "file"], "Give either a file or one text, not both."),
        (["--model", FIRST, "nowhere"], "nowhere cannot be read or written: No such file or directory."),
        (["--model", FIRST, "--text", "x", "--out", "/nowhere/out"], "there is no folder /nowhere."),
    ],
)
def test_wrong_options(bundled, arguments, words):
    assert words in one_sentence(bundled("translate", *arguments))
