"""What is edited by hand, in the session: what an address has no room for is refused, and nothing is lost."""

import streamlit as st

from explorer.model.intervention import Intervention, NumberEdit
from explorer.model.intervention_text import LONGEST, read_intervention
from explorer.ui.edit_url import edit_problem, set_edits


def test_an_edit_too_many_is_refused_in_one_sentence(monkeypatch):
    state = {}
    monkeypatch.setattr(st, "session_state", state)
    few = Intervention(numbers=(NumberEdit("w", (0, 7), 0.1),))
    many = Intervention(numbers=tuple(NumberEdit("w", (row, 7), 0.1) for row in range(LONGEST)))
    set_edits("numbers", few)
    set_edits("numbers", many)
    assert read_intervention(state["numbers"]) == few
    assert "more than the address can hold" in edit_problem("numbers") and not edit_problem("rows")
    set_edits("numbers", few)
    assert not edit_problem("numbers")
