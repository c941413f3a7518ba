"""Lessons: Markdown split at its headings, and every lesson in the project readable."""

import pytest

from explorer.ui import lessons
from explorer.ui.contents import CONTENTS


def test_sections_are_split_at_second_level_headings() -> None:
    text = "# Title\nignored\n\n## one\nA\n\n### kept\nB\n\n## two\n"
    assert lessons.parse_sections(text) == {"one": "A\n\n### kept\nB", "two": ""}


def test_text_without_headings_has_no_sections() -> None:
    assert lessons.parse_sections("only words") == {}


def test_missing_lesson_and_missing_section_are_named() -> None:
    with pytest.raises(KeyError, match="no lesson 'nowhere'"):
        lessons.lesson("nowhere", "lead")
    with pytest.raises(KeyError, match="lesson 'home' has no section 'nothing'; it has lead"):
        lessons.lesson("home", "nothing")


def test_changed_lesson_is_read_again(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(lessons, "FOLDER", tmp_path)
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "page.md").write_text("## lead\nfirst")
    assert lessons.lesson("page", "lead") == "first"
    (tmp_path / "en" / "page.md").write_text("## lead\nsecond, and longer")
    assert lessons.lesson("page", "lead") == "second, and longer"


def test_every_item_of_the_contents_has_a_title_and_words() -> None:
    for section in CONTENTS:
        title, words = lessons.lesson("home", section).split("\n", maxsplit=1)
        assert title.startswith("### ") and "$" in words


@pytest.mark.parametrize("path", sorted(lessons.FOLDER.glob("*/*.md")), ids=lambda path: path.stem)
def test_every_section_has_words_and_closed_formulas(path) -> None:
    sections = lessons.parse_sections(path.read_text(encoding="utf-8"))
    assert sections
    for key, body in sections.items():
        assert body, f"{key} is empty"
        assert body.replace(r"\$", "").count("$") % 2 == 0, f"{key} has a formula that does not end"
