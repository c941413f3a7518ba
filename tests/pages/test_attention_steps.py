"""The step-by-step page in every mode and at every step, without a browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.analysis.attention_steps import FORMS, STEPS
from tests.bundled import MODELS, TELLING, first, last_head, run_of, text_key, texts
from tests.components.packed import unpack
from tests.pages.drawn import components, panel, sent

ROOT = Path(__file__).resolve().parents[2]
TRANSLATOR, GPT, BERT = map(first, ("encoder-decoder", "decoder", "encoder"))


def open_steps(
    model: str, kind: str, text: str | None = None, query: dict[str, str] | None = None, **state: object
) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["model"] = model
    app.session_state[text_key(model)] = texts(model).repeated if text is None else text
    if MODELS[model].config.has_cross_attention:
        app.session_state["kind"] = kind
    for key, value in state.items():
        app.session_state[key] = value
    for key, value in (query or {}).items():
        app.query_params[key] = value
    app.switch_page("explorer/pages/attention_steps.py").run()
    assert not app.exception
    return app


def board_of(app: AppTest) -> tuple[dict, dict[str, np.ndarray]]:
    """(meta, values by the block's name) of the board on the page."""
    meta, arrays = unpack(sent(app, "number_board").bytes)
    return meta, {block["name"]: arrays[f"b{n}"] for n, block in enumerate(meta["blocks"])}


# Both forms are the same for a mask, for none and for two sequences, whichever the model.
EVERY = [(*each, form) for each in TELLING for form in FORMS if form == FORMS[0] or each[0] == TRANSLATOR]


@pytest.mark.parametrize(("model", "kind", "form"), EVERY)
def test_every_step_of_every_kind(model, kind, form):
    layer, head = last_head(model, kind)
    app = open_steps(model, kind, layer=layer, head=head, form=form, step=1)
    for number, step in enumerate(STEPS, start=1):
        assert app.session_state["step"] == number
        assert any(step.title in text.value for text in app.markdown)
        assert "✓" in panel(app), panel(app)
        assert not app.error
        if number < len(STEPS):
            app = app.button(key="next").click().run()
            assert not app.exception
    assert app.button(key="next").disabled
    assert app.button(key="start").click().run().session_state["step"] == 1


@pytest.mark.parametrize(("model", "kind"), TELLING)
def test_the_board_shows_the_models_numbers(model, kind):
    layer, head = last_head(model, kind)
    app = open_steps(model, kind, layer=layer, head=head, step=7)
    app.selectbox(key="query").set_value(2).run()
    attention = run_of(model, texts(model).repeated).attention(kind, layer - 1)
    _, values = board_of(app)
    assert np.array_equal(values["weight"].ravel(), attention.weights[head - 1, 1])
    assert np.array_equal(values["v"], attention.v[head - 1])
    assert np.array_equal(values["y"].ravel(), attention.heads[head - 1, 1])


def test_bad_places_in_the_url_fall_back_with_a_sentence():
    model, kind = TRANSLATOR, "encoder"
    app = open_steps(model, kind, query={"query": "999", "step": "abc", "form": "x", "key": "-1"})
    assert app.session_state["step"] == 1
    said = " ".join(text.value for text in app.caption)
    assert all(f"The address asks for a {key} that is not there" in said for key in ("query", "step", "form", "key"))
    assert not {"query", "step", "form", "key"} & set(app.query_params)


def test_the_url_names_what_is_chosen():
    model, kind = TRANSLATOR, "encoder"
    app = open_steps(model, kind, query={"query": "2", "key": "1", "step": "5", "form": "matrices"})
    assert [app.session_state[key] for key in ("query", "key", "step", "form")] == [2, 1, 5, "matrices"]
    assert app.query_params["step"] == "5" and app.query_params["form"] == "matrices"


def test_a_shorter_text_brings_the_query_back_into_it():
    model = GPT
    app = open_steps(model, "decoder")
    last = len(run_of(model, texts(model).repeated).tokens)
    app.selectbox(key="query").set_value(last).run()
    app.text_area(key="text").set_value("Two dogs").run()
    assert not app.exception
    assert app.session_state["query"] <= len(run_of(model, "Two dogs").tokens)


def test_one_token_is_enough():
    app = open_steps(GPT, "decoder", "a", step=6, form="matrices")
    assert "✓" in panel(app)


def test_an_empty_text_says_what_to_do():
    model, kind = BERT, "encoder"
    app = open_steps(model, kind, "  ")
    assert len(app.warning) == 1 and not components(app)


def test_a_number_can_be_chosen_without_a_mouse():
    model, kind = TRANSLATOR, "encoder"
    app = open_steps(model, kind, step=2)
    app.selectbox(key="_block").set_value(2).run()
    app.number_input(key="_column").set_value(4).run()
    meta, _ = board_of(app)
    assert meta["picked"] == [2, 0, 3]
    assert "Value of position" in panel(app) and "dimension 4" in panel(app)


def test_the_scale_switch_shows_the_row_without_it():
    model, kind = TRANSLATOR, "encoder"
    app = open_steps(model, kind, step=4)
    assert "unscaled_weight" not in board_of(app)[1]
    app.toggle(key="scale").set_value(False).run()
    _, values = board_of(app)
    assert values["unscaled_weight"].sum() == pytest.approx(1, abs=1e-5)
    assert values["unscaled_entropy"] < values["scaled_entropy"]


def test_the_weight_matrices_can_be_seen():
    model, kind = TRANSLATOR, "encoder"
    app = open_steps(model, kind, step=2)
    app.toggle(key="weights").set_value(True).run()
    config = MODELS[model].config
    assert board_of(app)[1]["w_v"].shape == (config.d_v, config.d_model)
