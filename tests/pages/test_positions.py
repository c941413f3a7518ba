"""The positions page without a browser: every view, every kind of model, and what nonsense in the address does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.components.position_waves import Waves
from explorer.reference import sinusoidal_code
from tests.bundled import MODELS, TELLING_MODELS, first, run_of, text_key, texts
from tests.components.packed import unpack
from tests.pages.drawn import checks, sent

ROOT = Path(__file__).resolve().parents[2]
GPT = first("decoder")


def open_positions(model: str | None = None, text: str | None = None, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    if model:
        app.session_state["model"] = model
        app.session_state[text_key(model)] = texts(model).repeated if text is None else text
    if "kind" in query:
        app.session_state["kind"] = query.pop("kind")
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page("explorer/pages/positions.py").run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return "\n".join([*(each.value for each in (*app.markdown, *app.caption, *app.info)), checks(app)])


def waves_of(app: AppTest) -> Waves:
    data = json.loads(sent(app, "position_waves").json)
    return Waves(**data["values"], kept=tuple(data["kept"]))


def test_waves_open_at_once_and_hold_what_the_address_says():
    app = open_positions(d="30", length="97", base="11", pos="96", dim="29", kept="14,0")
    assert waves_of(app) == Waves(30, 97, 11, 96, 29, (14, 0))
    _, arrays = unpack(sent(app, "position_check").bytes)
    codes = np.ascontiguousarray(arrays["codes"]).view("<f8")[..., 0]
    np.testing.assert_array_equal(codes, sinusoidal_code(97, 30, base=11.0))
    assert "pos 96, dimension 29" in words(app) and "✓" in words(app)


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("d", "7", "d must be an even number from 2 to 512: showing 64."),
        ("d", "1000000000", "d must be an even number"),
        ("base", "0", "base must be a whole number from 2 to 1,000,000"),
        ("base", "١٢", "base must be a whole number"),
        ("length", "-3", "length must be a whole number from 2 to 512"),
        ("pos", "128", "pos must be a whole number from 0 to 127"),
        ("pos", "9" * 5000, "pos must be a whole number"),
        ("dim", "![x](http://example.com/x.png)", "dim must be a whole number from 0 to 63"),
        ("kept", "1,1", "curves that are not there"),
        ("kept", "x" * 10_000, "curves that are not there"),
        ("view", "<script>", "asks for a view that is not there"),
    ],
)
def test_nonsense_in_the_address_is_one_sentence(key, value, sentence):
    app = open_positions(**{key: value})
    assert sum(sentence in caption.value for caption in app.caption) == 1
    assert waves_of(app) == Waves(64, 128, 10_000, 21, 12)
    assert value not in words(app) or len(value) < 5


def test_board_and_paper_in_numbers():
    app = open_positions(view="board")
    _, arrays = unpack(sent(app, "readings").bytes)
    for n, reading in enumerate(("sinusoidal", "sinusoidal-board")):
        np.testing.assert_array_equal(arrays[f"m{n}"], sinusoidal_code(128, 64, reading).astype(np.float32))
    table = words(app)
    assert "positions, **128** can be told apart in the paper's code, **9** in the board's" in table
    assert "| dimension 0: largest − smallest | $2.00$ | $0$ |" in table
    assert "11 of 32 | 0 of 32" in table and "section 3.5" in table
    app.select_slider(key="tolerance").set_value("0.001").run()
    assert "**128** can be told apart in the paper's code, **128** in the board's" in words(app)
    assert app.query_params["tolerance"] in ("0.001", ["0.001"])


@pytest.mark.parametrize(("code", "sentence"), [
    ("sinusoidal", "depends on the distance alone ✓"),
    ("sinusoidal-board", "where the two stand"),
    ("none", "same to the model"),
    (GPT, "Nobody told this model"),
])  # fmt: skip
def test_products_of_every_code(code, sentence):
    app = open_positions(view="why", code=code)
    assert sentence in words(app)
    _, arrays = unpack(sent(app, "products").bytes)
    if code in MODELS:
        run = run_of(GPT, texts(GPT).repeated).trace.decoder.embedding.position_code
        np.testing.assert_allclose(arrays["m0"][: len(run), : len(run)], run @ run.T, atol=1e-4)


@pytest.mark.parametrize(("step", "length", "d"), [("0", "2", "2"), ("126", "128", "64"), ("500", "512", "512")])
def test_a_step_is_a_rotation_everywhere(step, length, d):
    app = open_positions(view="why", part="rotation", step=step, length=length, d=d, pos="0")
    assert "✓" in words(app)
    _, arrays = unpack(sent(app, "turned").bytes)
    np.testing.assert_allclose(arrays["m0"][1], arrays["m0"][2], atol=1e-6)


@pytest.mark.parametrize("model", TELLING_MODELS)
def test_scores_of_every_model(model):
    kind = {"kind": "cross"} if MODELS[model].config.has_cross_attention else {}
    app = open_positions(model, view="why", part="scores", **kind)
    curves = json.loads(sent(app, "scores").json)["curves"]
    kind = "decoder" if MODELS[model].config.has_decoder else "encoder"
    run = run_of(model, texts(model).repeated)
    i = max(0, len(run.queries(kind)) - 2)
    np.testing.assert_allclose(curves[0]["values"], run.attention(kind, 0).scores[0, i], rtol=1e-6)
    assert curves[1]["values"][i] == pytest.approx(curves[0]["values"][i], abs=1e-4)  # no distance: no turn
    assert curves[2]["values"][i] == pytest.approx(curves[0]["values"][i])
    assert "not trained so" in words(app)


@pytest.mark.parametrize("model", TELLING_MODELS)
@pytest.mark.parametrize("positions", ["none", "own"])
def test_a_model_with_other_positions(model, positions):
    config = MODELS[model].config
    own = positions == "own"
    app = open_positions(model, view="model", positions=config.positions if own else positions)
    _, arrays = unpack(sent(app, "replaced_attention").bytes)
    assert np.array_equal(arrays["m0"], arrays["m1"]) == own
    assert ("the second pass gives the same bits" in words(app)) == own
    run = run_of(model, texts(model).repeated)
    kind = "encoder" if config.has_encoder else "decoder"
    np.testing.assert_array_equal(arrays["m0"], run.attention(kind, 0).weights[0])


@pytest.mark.parametrize("model", TELLING_MODELS)
def test_shuffled_words(model):
    app = open_positions(model, view="model")
    text = words(app)
    if MODELS[model].config.architecture == "decoder":
        assert re.search(r"causal mask \| \$.*\$ \| not the same", text)
        assert re.search(r"no mask \| \$.*\$ \| the same vectors, permuted ✓", text)
    else:
        assert re.search(r"no positions \| \$.*\$ \| the same vectors, permuted ✓", text)
    if MODELS[model].config.has_cross_attention:
        assert re.search(r"logits, no positions \| \$.*\$ \| the same ✓", text)
    before = sent(app, "shuffled").bytes
    app.button(key="reorder").click().run()
    assert not app.exception and "order" in app.query_params
    assert sent(app, "shuffled").bytes != before


def test_two_words_change_places():
    app = open_positions(GPT, "a dog on a mat", view="model", change="swap")
    before, after = (list(each["rows"]) for each in unpack(sent(app, "shuffled").bytes)[0]["maps"])
    a, b = app.selectbox(key="swap").value, app.selectbox(key="with").value
    assert before[a] != before[b]
    before[a], before[b] = before[b], before[a]
    assert after == before
    app.selectbox(key="with").set_value(a).run()
    assert not app.exception and "the text as it was" in words(app)
    assert app.query_params["with"] in (str(a), [str(a)])


@pytest.mark.parametrize("model", TELLING_MODELS)
def test_the_sum_and_its_parts(model):
    app = open_positions(model, view="sum")
    _, arrays = unpack(sent(app, "sum").bytes)
    config = MODELS[model].config
    embedding = run_of(model, texts(model).repeated).stack("encoder" if config.has_encoder else "decoder").embedding
    for n, values in enumerate((embedding.token_embedding, embedding.position_code, embedding.output)):
        np.testing.assert_array_equal(arrays[f"m{n}"], values)
    assert "✓" in words(app) and r"\lVert e\rVert" in words(app)
    assert ("This model multiplies" in words(app) or "The rows of" in words(app)) == config.embedding_scale


@pytest.mark.parametrize("text", ["", "   ", "😀 犬", "word " * 20_000])
def test_bad_texts_are_one_sentence_and_waves_need_none(text):
    for view in ("waves", "model", "sum"):
        app = open_positions(GPT, text, view=view)
        assert len(app.warning) == (view != "waves" and text != "😀 犬")


def test_views_keep_the_sizes_that_were_chosen():
    app = open_positions(view="board", d="30")
    app.slider(key="length").set_value(97).run()
    app.segmented_control(key="view").set_value("waves").run()
    assert not app.exception
    waves = waves_of(app)
    assert (waves.d, waves.length) == (30, 97)
