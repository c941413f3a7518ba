"""What counts as a line, and what is said of lines that cannot be read."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from explorer.cli.lines import Asked, Line, given_texts, understand


def asked(file=None, text=None, skip_errors=False):
    return Asked(file, text, False, None, skip_errors)


def stdin(monkeypatch, content=b"", terminal=False):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content), isatty=lambda: terminal))


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a owl\nb", ["a owl", "b"]),
        (b"a\r\n\r\n b \n", ["a", "", " b "]),
        ("\ufeffé\u2028ü\x0b\x85\n猫".encode(), ["é\u2028ü\x0b\x85", "猫"]),
        (b"\xff\n", ["\udcff"]),
    ],
)
def test_lines_end_with_line_feeds_alone(monkeypatch, tmp_path, content, lines):
    stdin(monkeypatch, content)
    assert given_texts(asked(), "read") == lines
    stdin(monkeypatch, content, terminal=True)
    assert given_texts(asked(Path("-")), "read") == lines
    (tmp_path / "lines").write_bytes(content)
    assert given_texts(asked(tmp_path / "lines"), "read") == lines


def test_one_text_is_read_as_it_is():
    assert given_texts(asked(text="one\ntext\r\n"), "read") == ["one\ntext\r\n"]
    with pytest.raises(ValueError, match="either a file or one text"):
        given_texts(asked(Path("file"), "text"), "read")


def test_a_terminal_is_not_waited_for(monkeypatch):
    stdin(monkeypatch, terminal=True)
    with pytest.raises(ValueError, match="There is nothing to fill: name a file"):
        given_texts(asked(), "fill")


def number(text):
    if not text.isdigit():
        raise ValueError(f"{text} is no number.")
    return int(text)


def test_every_line_is_read_and_empty_ones_are_not():
    assert understand(asked(), ["7", " ", "0"], number) == [Line(1, 7), Line(2, None), Line(3, 0)]


def test_first_line_that_cannot_be_read_is_named():
    with pytest.raises(
        ValueError, match=r"^Line 2 cannot be read \(--skip-errors goes on without\): x is no number\.$"
    ):
        understand(asked(), ["7", "x"], number)
    with pytest.raises(ValueError, match=r"^Line 2 and 2 more cannot be read "):
        understand(asked(), ["7", "x", "", "y", "z"], number)


def test_lines_that_cannot_be_read_are_kept_where_asked():
    lines = understand(asked(skip_errors=True), ["7", "x"], number)
    assert lines == [Line(1, 7), Line(2, None, "x is no number.")]


def test_one_text_has_no_number_and_may_not_be_empty():
    for skip_errors in (False, True):
        with pytest.raises(ValueError, match=r"^ is no number\.$"):
            understand(asked(text="", skip_errors=skip_errors), [""], number)
