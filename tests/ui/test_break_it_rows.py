"""Which edited rows a text has a place for, and what becomes of a row when it is edited."""

from functools import partial

import pytest

from explorer.model.intervention import Intervention, Place, RowEdit
from explorer.model.intervention_text import intervention_text, read_intervention
from explorer.ui.break_it_change import describe
from explorer.ui.break_it_rows import given_of, rows_fit, with_row, without_row
from tests.bundled import run_of

GPT, PAIR = "classroom-tiny-gpt", "classroom-tiny-encoder-decoder"
HEAD = Place("decoder", 0, 1)


@pytest.mark.parametrize(("text", "sentence"), [
    ("row.decoder.1.2.3:2=0.5", ""),
    ("row.decoder.1.2.3:1=0,2=0", ""),
    ("row.decoder.1.2.3:1=0,2=0,3=0", "at least one weight"),
    ("row.decoder.1.2.3:4=0.5", "key 4 is masked for query 3"),
    ("row.decoder.1.2.3:99=0.5", "no key 99 in a text of 5 tokens"),
    ("row.decoder.1.2.6:1=0.5", "no query 6 in a text of 5 tokens"),
    ("row.decoder.2.2.3:1=0.5", "none is number 2"),
    ("row.decoder.1.3.3:1=0.5", "none is number 3"),
    ("row.encoder.1.1.1:1=0.5", "not 'encoder'"),
    ("row.decoder.1.2.3:1=-1", "between 0 and 1"),
    ("row.decoder.1.2.3:1=2", "between 0 and 1"),
    ("row.decoder.1.2.3:1=0.5,1=0.6", "named once"),
])  # fmt: skip
def test_what_a_row_needs(text, sentence):
    found = describe(text, partial(rows_fit, run_of(GPT, "cat dog cat dog")))
    assert found.change == (Intervention() if sentence else read_intervention(text))
    assert (sentence in found.problem) if sentence else found.problem == ""


def test_good_rows_stay_and_the_others_are_left_out():
    text = "no_mask;row.decoder.1.2.3:2=0.5;row.decoder.1.2.3:1=0.5;row.decoder.1.2.9:1=1;row.decoder.1.1.2:1=1"
    found = describe(text, partial(rows_fit, run_of(GPT, "cat dog cat dog")))
    assert [(edit.place.head, edit.query) for edit in found.change.rows] == [(0, 1), (1, 2)]
    assert found.n_left_out == 3 and found.problem == "here only rows of attention are edited"
    twice = describe(text.removeprefix("no_mask;"), partial(rows_fit, run_of(GPT, "cat dog cat dog")))
    assert "changed twice" in twice.problem


def test_a_cross_row_is_as_long_as_the_source():
    fits = partial(rows_fit, run_of(PAIR, "cat dog fish"))
    assert fits(read_intervention("row.cross.1.1.1:4=1")) == ""
    assert "no key 5" in fits(read_intervention("row.cross.1.1.1:5=1"))


def test_a_row_takes_the_place_of_itself():
    edits = with_row((), HEAD, 2, ((1, 0.5),))
    edits = with_row(edits, HEAD, 1, ((0, 0.10000000149011612),))
    edits = with_row(edits, HEAD, 2, ((0, 0.25),))
    assert given_of(edits, HEAD, 2) == ((0, 0.25),) and given_of(edits, HEAD, 1) == ((0, 0.1),)
    assert given_of(edits, HEAD, 0) == ()
    assert with_row(edits, HEAD, 2, ()) == without_row(edits, HEAD, 2) == (RowEdit(HEAD, 1, ((0, 0.1),)),)


def test_edits_go_through_the_address_unchanged():
    changes = Intervention(rows=with_row((), HEAD, 2, ((1, 1 / 3), (2, 0.0))))
    assert read_intervention(intervention_text(changes)) == changes
