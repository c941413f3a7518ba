"""The choice that pages read is valid whatever stands in the session, and a head is only chosen if it exists."""

from __future__ import annotations

import pytest

from explorer.model.kinds import attention_kinds, n_layers
from explorer.ui import session
from explorer.ui.cache import catalogue
from explorer.ui.session import Choice, current_choice, select_head, select_kind

MODELS = catalogue()[0]
PAIR = next(name for name, entry in MODELS.items() if entry.config.has_cross_attention)
GPT = next(name for name, entry in MODELS.items() if entry.config.architecture == "decoder")


@pytest.fixture
def state(monkeypatch) -> dict:
    """A visitor's session as a plain dictionary."""
    values: dict = {}
    monkeypatch.setattr(session.st, "session_state", values)
    return values


def test_numbers_on_screen_count_from_one_and_in_python_from_zero(state) -> None:
    state.update(model=GPT, text="A dog", layer=2, head=3)
    assert current_choice() == Choice(GPT, "", "", "A dog", "decoder", layer=1, head=2)


def test_empty_session_is_the_first_model_and_its_first_head(state) -> None:
    first = next(iter(MODELS))
    choice = current_choice()
    assert (choice.model, choice.layer, choice.head) == (first, 0, 0)
    assert choice.kind == attention_kinds(MODELS[first].config)[0]


def test_texts_that_the_model_does_not_read_are_left_out(state) -> None:
    state.update(model=PAIR, source="one", target="two", text="three")
    assert current_choice().texts == {"source text": "one", "target text": "two", "text": ""}
    state.update(model=GPT)
    assert current_choice().texts == {"source text": "", "target text": "", "text": "three"}


@pytest.mark.parametrize("wrong", [0, -1, 99, "2", None, 1.5])
def test_number_that_is_not_there_is_the_first(state, wrong) -> None:
    state.update(model=GPT, layer=wrong, head=wrong)
    assert (current_choice().layer, current_choice().head) == (0, 0)


@pytest.mark.parametrize(("model", "wrong"), [(GPT, "cross"), (GPT, "encoder"), (PAIR, "nonsense"), (PAIR, None)])
def test_kind_that_the_model_does_not_have_is_its_first(state, model, wrong) -> None:
    state.update(model=model, kind=wrong)
    assert current_choice().kind == attention_kinds(MODELS[model].config)[0]


def test_unknown_model_is_the_first(state) -> None:
    state.update(model="nonsense")
    assert current_choice().model == next(iter(MODELS))


def test_chosen_head_is_written_as_the_screen_counts(state) -> None:
    state.update(model=PAIR)
    select_head("cross", 1, 2)
    assert (state["kind"], state["layer"], state["head"]) == ("cross", 2, 3)
    assert (current_choice().kind, current_choice().layer, current_choice().head) == ("cross", 1, 2)


def test_kind_is_not_written_where_the_sidebar_has_no_such_control(state) -> None:
    state.update(model=GPT)
    select_head("decoder", 1, 2)
    assert "kind" not in state


@pytest.mark.parametrize(("kind", "layer", "head"), [("cross", 0, 0), ("decoder", 99, 0), ("decoder", 0, -1)])
def test_head_that_is_not_there_changes_nothing(state, kind, layer, head) -> None:
    state.update(model=GPT, layer=2, head=2)
    before = dict(state)
    select_head(kind, layer, head)
    assert state == before


def test_other_kind_keeps_the_layer_and_the_head(state) -> None:
    last = n_layers(MODELS[PAIR].config, "encoder")
    state.update(model=PAIR, kind="encoder", layer=last, head=2)
    select_kind("cross")
    assert state["kind"] == "cross"
    assert state["layer"] == min(last, n_layers(MODELS[PAIR].config, "cross"))
    assert state["head"] == 2
