"""Paths of tokens in the URL: what is read back, and what is no path."""

from __future__ import annotations

import pytest

from explorer.analysis.decoding_path import add_branch, read_path, tree, write_path


@pytest.mark.parametrize("path", [(), (0,), (12, 5, 12), tuple(range(11))])
def test_what_is_written_is_read(path):
    assert read_path(write_path(path), vocab_size=13, longest=11) == path


@pytest.mark.parametrize(
    "text",
    ["-", "1-", "-1", "1--2", "a", "1-b", "1.5", "13", "1-13", "٣", "1 2", "0-0-0-0", "7-2", "9" * 10_000, "🙂", "\n1"],
)
def test_what_is_no_path(text):
    with pytest.raises(ValueError):
        read_path(text, vocab_size=13, longest=3, end=7)


def test_a_path_may_come_to_its_end():
    assert read_path("2-7", vocab_size=13, longest=3, end=7) == (2, 7)


def test_branches():
    branches = add_branch([], (), 3)
    assert branches == []
    for path in [(2,), (2, 3), (2,), (2, 5), (7,)]:
        branches = add_branch(branches, path, 3)
    assert branches == [(2, 3), (2, 5), (7,)]
    assert add_branch(branches, (11,), 3) == [(2, 5), (7,), (11,)]
    assert tree(branches) == [(), (2,), (7,), (2, 3), (2, 5)]
