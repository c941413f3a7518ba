"""Where the answers go: stdout or a file, whole or as far as they came; what interrupts them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from explorer.cli.errors import check_out, one_sentence
from explorer.cli.lines import Asked, Line
from explorer.cli.output import Form, answer, one_line

ROOT = Path(__file__).resolve().parents[2]
LINES = [Line(1, "a"), Line(2, None), Line(3, "é猫"), Line(4, None, "It is no word."), Line(5, "b")]
FORM = Form(lambda number, word: f"{number}{word}", lambda word: {"word": word}, "-")
TEXT = "1A\n-\n3É猫\n-\n5B\n"


def answer_all(asked, work=lambda words: [word.upper() for word in words], lines=LINES):
    answer(asked, lines, work, FORM, words="answering")


def asked(out=None, json_lines=False):
    return Asked(None, None, json_lines, out, True)


def test_each_line_has_its_answer_and_errors_are_counted(capsys):
    with pytest.raises(typer.Exit) as ended:
        answer_all(asked())
    assert ended.value.exit_code == 1
    assert capsys.readouterr() == (TEXT, "1 of 5 lines could not be read: line 4.\n")
    answer_all(asked(), lines=LINES[:3])
    assert capsys.readouterr() == (TEXT[:9], "")


def test_json_says_which_line_and_why(capsys):
    with pytest.raises(typer.Exit):
        answer_all(asked(json_lines=True), lines=[*LINES, LINES[3]])
    out, err = capsys.readouterr()
    assert [json.loads(line) for line in out.splitlines()] == [
        {"line": 1, "word": "A"},
        {"line": 2, "empty": True},
        {"line": 3, "word": "É猫"},
        {"line": 4, "error": "It is no word."},
        {"line": 5, "word": "B"},
        {"line": 4, "error": "It is no word."},
    ]
    assert "É猫" in out
    assert err == "2 of 6 lines could not be read, the first of them line 4.\n"


def test_a_file_is_replaced_when_all_is_written(tmp_path, capsys):
    out = tmp_path / "answers"
    out.write_text("something else")
    seen = []

    def work(words):
        seen.append(out.read_text())
        return words

    answer_all(asked(out), work, LINES[:3])
    assert seen == ["something else", "something else"]
    assert out.read_bytes() == "1a\n-\n3é猫\n".encode()
    assert list(tmp_path.iterdir()) == [out]
    assert capsys.readouterr() == ("", "")


def interrupted_at(word):
    def work(words):
        if words == [word]:
            raise KeyboardInterrupt
        return words

    return work


def test_what_was_written_stays_after_an_interruption(tmp_path, capsys):
    out = tmp_path / "answers"
    for where in (None, out):
        with pytest.raises(ValueError, match=r"^Interrupted: the answers to the first 2 of 5 lines are written$"):
            answer_all(asked(where), interrupted_at("é猫"))
    assert out.read_text() == capsys.readouterr().out == "1a\n-\n"
    assert list(tmp_path.iterdir()) == [out]


def test_an_interruption_before_the_first_answer_leaves_the_file(tmp_path):
    out = tmp_path / "answers"
    out.write_text("something else")
    with pytest.raises(ValueError, match=r"^Interrupted: nothing was written$"):
        answer_all(asked(out), interrupted_at("a"))
    assert out.read_text() == "something else"
    assert list(tmp_path.iterdir()) == [out]


def test_a_mistake_leaves_the_file(tmp_path):
    out = tmp_path / "answers"
    with pytest.raises(ZeroDivisionError):
        answer_all(asked(out), lambda words: 1 / 0)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_file_is_not_replaced(tmp_path):
    with pytest.raises(ValueError, match="is not a file that can be replaced"):
        check_out(Path("/dev/null"))
    check_out(None)
    check_out(tmp_path / "new")


def test_ctrl_c_anywhere_is_one_sentence(capsys):
    with pytest.raises(typer.Exit), one_sentence():
        raise KeyboardInterrupt
    assert capsys.readouterr() == ("", "Interrupted.\n")


def test_a_reader_that_has_enough_ends_the_command_quietly():
    code = f"{sys.executable} -m explorer generate --model classroom-tiny-gpt --greedy - | head -n 1"
    result = subprocess.run(
        ["bash", "-c", code], cwd=ROOT, input="moon\n" * 20_000, capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith("moon")
    assert len(result.stdout.splitlines()) == 1
    assert result.stderr == ""


def test_line_breaks_become_signs():
    assert one_line("a\nb\r\nc\rd\u2028e") == "a⏎b⏎c⏎d\u2028e"
