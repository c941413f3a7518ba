"""Batches of similar length, and answers in the order of the lines."""

from explorer.cli.batches import CELLS, ROWS, WINDOW, in_order
from explorer.cli.lines import Line


def through(lengths, length=len, done=lambda n: None):
    """(batches of lengths, the answers) of lines that are words of these lengths; None is a line without a word."""
    batches, lines = [], [Line(i, n if n is None else "x" * n) for i, n in enumerate(lengths, start=1)]

    def work(words):
        batches.append([len(word) for word in words])
        return [len(word) for word in words]

    return batches, [(line.number, answer) for line, answer in in_order(lines, work, length, done)]


def test_answers_are_in_order_and_lines_without_a_value_have_none():
    batches, answers = through([5, None, 2, 3, None])
    assert batches == [[2, 3, 5]]
    assert answers == [(1, 5), (2, None), (3, 2), (4, 3), (5, None)]


def test_a_batch_has_few_rows_and_long_texts_fewer():
    batches, _ = through([3] * (ROWS + 1))
    assert [len(batch) for batch in batches] == [ROWS, 1]
    batches, _ = through([128] * 11 + [1000, 2])
    assert batches == [[2, *[128] * 7], [128] * 4, [1000]]
    assert all(len(batch) * max(batch) ** 2 <= CELLS or len(batch) == 1 for batch in batches)


def test_first_answers_do_not_wait_for_the_last_line():
    worked = []
    lines = [Line(i, "x") for i in range(2 * WINDOW)]
    answers = in_order(lines, lambda words: worked.extend(words) or words, len, lambda n: None)
    next(answers)
    assert len(worked) == WINDOW


def test_without_a_length_lines_are_taken_one_by_one():
    worked = []
    lines = [Line(1, "b"), Line(2, None), Line(3, "a")]
    answers = in_order(lines, lambda words: worked.append(words) or words, None, lambda n: None)
    assert next(answers) == (lines[0], "b")
    assert worked == [["b"]]
    assert list(answers) == [(lines[1], None), (lines[2], "a")]


def test_every_line_is_reported_as_done():
    told = []
    through([5, None, 2] * WINDOW, done=told.append)
    assert sum(told) == 3 * WINDOW


def test_nothing_to_do():
    assert through([]) == ([], [])
