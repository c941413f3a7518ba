"""Text in the middle of Markdown: nothing of it becomes a link, a formula or a picture."""

import pytest

from explorer.ui.literal import WORD_JOINER, literal


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a *b* [c](d) $e$", r"a \*b\* \[c\]\(d\) \$e\$"),
        ("http://a.b", rf"http\:{WORD_JOINER}//a\.b"),
        ("see WWW.a.b", rf"see WWW{WORD_JOINER}\.a\.b"),
        ("a@b.c", rf"a@{WORD_JOINER}b\.c"),
        ("one: two", r"one\: two"),
    ],
)
def test_signs_that_markdown_reads_are_escaped_and_addresses_are_no_links(text, shown):
    assert literal(text) == shown
