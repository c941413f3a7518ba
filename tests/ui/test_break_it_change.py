"""What a text describes for a view and its model, and what the session and the address hold of it."""

from dataclasses import replace
from functools import partial

import pytest
import streamlit as st

from explorer.limits import INTERVENTION_CHARACTERS
from explorer.model.intervention import NOTHING, HeadChange, Intervention, LayerChange, NumberEdit, Place
from explorer.model.intervention_text import read_intervention
from explorer.ui.break_it_change import change_problem, describe, set_change, update_change
from explorer.ui.break_it_controls import meaningless, switches_fit
from tests.bundled import MODELS, first

PAIR, GPT, BERT = (MODELS[first(each)].config for each in ("encoder-decoder", "decoder", "encoder"))
DECODER_HEAD = HeadChange(Place("decoder", 1, 0), "zero")


@pytest.mark.parametrize(
    ("text", "config", "change", "problem"),
    [
        ("", GPT, NOTHING, ""),
        ("no_scale;head.decoder.2.1.zero", GPT, Intervention(no_scale=True, heads=(DECODER_HEAD,)), ""),
        ("no_scale;zz;no_norm", GPT, Intervention(no_scale=True, no_norm=True), "“zz”"),
        ("head.cross.1.1.zero;no_norm", GPT, Intervention(no_norm=True), "not 'cross'"),
        ("layer.decoder.7.off;no_norm", GPT, Intervention(no_norm=True), "none is number 7"),
        ("layer.decoder.1.off;layer.decoder.1.twice", GPT, Intervention(layers=(LayerChange("decoder", 0, "off"),)),
         "changed twice"),
        ("no_mask;exchanged_qk", BERT, Intervention(exchanged_qk=True), "no causal mask"),
        ("no_scale;" * 1_000, GPT, NOTHING, f"at most {INTERVENTION_CHARACTERS:,} are read"),
        ("👩‍🏫;![x](http://example.com)", GPT, NOTHING, "does not describe a change"),
        ("no_positions;no_norm", replace(GPT, positions="none"), Intervention(no_norm=True), "no position codes"),
        ("row.decoder.1.1.1:1=1;no_norm", GPT, Intervention(no_norm=True), "views of their own"),
        ("no_scale", replace(GPT, scale_scores=False), NOTHING, "never divides"),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_left_out_and_the_rest_holds(text, config, change, problem):
    found = describe(text, partial(switches_fit, config))
    assert found.change == change
    assert problem in found.problem and bool(found.problem) == bool(problem) == bool(found.n_left_out)


def test_every_switch_has_a_meaning_in_the_bundled_translators_and_gpts():
    assert meaningless(PAIR) == meaningless(GPT) == {}
    assert list(meaningless(BERT)) == ["no_mask"]
    assert list(meaningless(replace(PAIR, d_k=1))) == ["no_scale"]


def test_a_change_too_many_is_refused_in_one_sentence(monkeypatch):
    state = {}
    monkeypatch.setattr(st, "session_state", state)
    few = Intervention(numbers=(NumberEdit("w", (0, 7), 0.1),))
    many = Intervention(numbers=tuple(NumberEdit("w", (row, 7), 0.1) for row in range(INTERVENTION_CHARACTERS)))
    set_change("numbers", few)
    set_change("numbers", many)
    assert read_intervention(state["numbers"]) == few
    assert "more than the address can hold" in change_problem("numbers") and not change_problem("rows")
    set_change("numbers", few)
    assert not change_problem("numbers")


def test_a_click_changes_what_holds_now_and_drops_what_was_left_out(monkeypatch):
    state = {"change": "no_norm;zz"}
    monkeypatch.setattr(st, "session_state", state)
    update_change("change", partial(switches_fit, GPT), lambda change: replace(change, no_mask=True))
    assert state["change"] == "no_mask;no_norm"
