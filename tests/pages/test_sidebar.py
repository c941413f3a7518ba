"""The sidebar without a browser: whatever the address asks for, the app opens with something valid and says so."""

from __future__ import annotations

import pytest

from explorer.ui.cache import catalogue

MODELS = catalogue()[0]
FIRST = next(iter(MODELS))
PAIR = next(name for name, entry in MODELS.items() if entry.config.has_cross_attention)
GPT = next(name for name, entry in MODELS.items() if entry.config.architecture == "decoder")
BERT = next(name for name, entry in MODELS.items() if entry.config.architecture == "encoder")


def captions(app) -> str:
    return "\n".join(caption.value for caption in app.sidebar.caption)


@pytest.mark.parametrize("name", MODELS)
def test_facts_of_the_model_stand_under_its_name(open_app, name) -> None:
    entry = MODELS[name]
    shown = captions(open_app(model=name))
    assert f"{entry.about.n_parameters:,} parameters" in shown
    assert f"= {entry.config.d_model}$" in shown
    assert f"× {entry.config.n_heads} heads" in shown
    assert entry.about.licence in shown
    assert "Runs on: " in shown


def test_models_are_grouped_by_mode(open_app) -> None:
    modes = [MODELS[name].config.architecture for name in open_app().selectbox(key="model").options]
    order = ["encoder-decoder", "decoder", "encoder"]
    assert modes == sorted(modes, key=order.index) and set(modes) == set(order)


@pytest.mark.parametrize("key", ["layer", "head"])
@pytest.mark.parametrize("wrong", ["99", "0", "-1", "abc", "1.0", "", "1e1", "２", "<b>"])
def test_number_that_is_not_there_falls_back_with_a_sentence(open_app, key, wrong) -> None:
    app = open_app(model=GPT, **{key: wrong})
    assert not app.exception
    assert app.selectbox(key=key).value == 1
    assert f"The address asks for a {key} that is not there: showing 1." in captions(app)


def test_valid_address_is_followed_without_a_word(open_app) -> None:
    app = open_app(model=PAIR, kind="cross", layer="2", head="3", source="Two dogs.", target="Zwei Hunde.")
    assert not app.exception
    assert app.selectbox(key="kind").value == "cross"
    assert (app.selectbox(key="layer").value, app.selectbox(key="head").value) == (2, 3)
    assert (app.text_area(key="source").value, app.text_area(key="target").value) == ("Two dogs.", "Zwei Hunde.")
    assert "The address asks" not in captions(app)


def test_unknown_model_falls_back_with_a_sentence(open_app) -> None:
    app = open_app(model="nonsense")
    assert app.selectbox(key="model").value == FIRST
    assert f"The address asks for a model that is not there: showing {FIRST}." in captions(app)


@pytest.mark.parametrize("name", [GPT, BERT])
def test_kind_of_another_architecture_falls_back_with_a_sentence(open_app, name) -> None:
    app = open_app(model=name, kind="cross")
    assert not app.exception
    assert "This model has one kind of attention" in captions(app)


def test_nonsense_kind_falls_back_with_a_sentence(open_app) -> None:
    app = open_app(model=PAIR, kind="sideways")
    assert app.selectbox(key="kind").value == "encoder"
    assert "asks for a kind of attention that is not there: showing encoder." in captions(app)


@pytest.mark.parametrize(
    "query",
    [
        {"model": GPT, "text": "\x00\ud7ff"},
        {"model": GPT, "text": ""},
        {"model": BERT, "text": "[MASK]" * 50},
        {"source": "x" * 30_000},
        {"_typed": "1", "_last_model": "2", "_example": "3", "_restore_url": "4"},
        {"step": "99", "query": "-1", "key": "abc", "view": "nothing", "unheard": "of"},
    ],
)
@pytest.mark.parametrize("page", ["home", "attention_heads", "attention_steps"])
def test_crafted_address_gives_no_traceback(open_app, page, query) -> None:
    app = open_app(page, **query)
    assert not app.exception
    assert app.selectbox(key="model").value in MODELS


def test_layer_that_the_next_model_does_not_have_is_replaced(open_app) -> None:
    deep, flat = sorted((GPT, BERT), key=lambda name: -len(open_app(model=name).selectbox(key="layer").options))
    app = open_app(model=deep)
    last = int(app.selectbox(key="layer").options[-1])
    app.selectbox(key="layer").set_value(last).run()
    app.selectbox(key="model").set_value(flat).run()
    assert not app.exception
    assert str(app.selectbox(key="layer").value) in app.selectbox(key="layer").options


def test_typed_text_of_each_mode_survives_other_modes(open_app) -> None:
    app = open_app(model=GPT)
    app.text_area(key="text").set_value("A cat and").run()
    app.selectbox(key="model").set_value(BERT).run()
    assert "[MASK]" in app.text_area(key="text").value
    app.text_area(key="text").set_value("A [MASK] and a cat.").run()
    app.selectbox(key="model").set_value(PAIR).run()
    app.text_area(key="source").set_value("Two cats sleep.").run()
    app.selectbox(key="model").set_value(GPT).run()
    assert app.text_area(key="text").value == "A cat and"
    app.selectbox(key="model").set_value(BERT).run()
    assert app.text_area(key="text").value == "A [MASK] and a cat."
    app.selectbox(key="model").set_value(PAIR).run()
    assert app.text_area(key="source").value == "Two cats sleep."
    assert not app.exception


def test_example_fills_the_text_and_leaves_the_picker_empty(open_app) -> None:
    app = open_app(model=PAIR, target="Zwei Hunde.")
    example = MODELS[PAIR].about.examples[1].text
    app.selectbox(key="_example").set_value(example).run()
    assert app.text_area(key="source").value == example
    assert app.text_area(key="target").value == "", "the old target does not belong to the new source"
    assert app.selectbox(key="_example").value is None
