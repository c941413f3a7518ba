"""The words of texts, and one of them replaced."""

from __future__ import annotations

import doctest

import pytest

from explorer.analysis import words
from explorer.analysis.words import replace_word, words_of


def test_examples_run():
    assert doctest.testmod(words).failed == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n ", []),
        ("A well-known man’s hat.", ["A", "well-known", "man’s", "hat"]),
        ("a [MASK] here", ["a", "[MASK]", "here"]),
        ("犬が走る。", ["犬が走る"]),
        ("😀 !?", ["😀", "!?"]),  # nothing here is a word
        ("'quoted' --", ["quoted"]),
    ],
)
def test_words(text, expected):
    found = words_of(text)
    assert [word.text for word in found] == expected
    assert all(text[word.start : word.end] == word.text for word in found)


def test_only_the_chosen_of_two_like_words_is_replaced():
    text = "the dog, the cat"
    assert replace_word(text, words_of(text)[2], "a") == "the dog, a cat"
