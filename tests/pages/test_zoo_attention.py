"""Heads, steps, forward pass and factorisation over models with the parts of GPT-2, BERT, T5, Marian and BART."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.analysis.forward_pass_boxes import read_forward_pass
from explorer.model.kinds import attention_kinds
from explorer.ui.lessons import lesson
from tests import zoo
from tests.components.packed import unpack
from tests.pages.drawn import components, panel, sent

ROOT = Path(__file__).resolve().parents[2]
KINDS = [(name, kind) for name in zoo.NAMES for kind in attention_kinds(zoo.config_of(name))]
FORMED = [(*each, "vectors") for each in KINDS] + [("t5", "decoder", "matrices"), ("bert", "encoder", "matrices")]
TELLING = (1, 4, 9)  # of the nine steps: what is read, the score, the residual
BOXES = {  # what each model has and most others have not
    "gpt2": ["decoder.position", "decoder.2.ff.hidden", "decoder.end.norm", "decoder.end.logit"],
    "bert": ["encoder.segment", "encoder.embedded", "encoder.norm", "encoder.end.dense", "encoder.end.transformed"],
    "t5": [
        "encoder.1.attention.position_bias",
        "decoder.2.attention.score",
        "encoder.1.ff.hidden",
        "decoder.end.scaled",
    ],
    "marian": ["encoder.position", "decoder.1.ff.hidden", "decoder.end.probability"],
    "bart": ["encoder.position", "encoder.norm", "decoder.2.cross.weight"],
    "bert-attention": ["encoder.segment", "encoder.2.ff.norm"],
}


@pytest.fixture
def open_page(monkeypatch):
    """``open_page("forward_pass", "bert", box=...)``: a page of the app over one of the six models."""
    monkeypatch.setenv("EXPLORER_PRETRAINED", str(zoo.zoo_folder()))

    def opener(page: str, name: str, kind: str = "", **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        app.session_state["model"] = name
        app.session_state["source" if name in zoo.PAIRS else "text"] = zoo.text_of(name)
        if name in zoo.PAIRS:
            app.session_state["target"] = zoo.TARGET
            app.session_state["kind"] = kind or "encoder"
        for key, value in query.items():
            app.query_params[key] = value
        app.switch_page(f"explorer/pages/{page}.py").run()
        assert not app.exception and not app.error
        return app

    return opener


def said(app: AppTest) -> str:
    return " ".join(each.value for each in (*app.markdown, *app.info, *app.caption))


def arrays_of(app: AppTest, key: str) -> tuple[dict, dict[str, np.ndarray]]:
    return unpack(sent(app, key).bytes)


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_the_heads_are_drawn_and_their_scores_are_named(open_page, name, kind):
    app = open_page("attention_heads", name, kind, layer="2", head="3")
    meta, arrays = arrays_of(app, "head_map")
    np.testing.assert_array_equal(arrays["scores"], zoo.run_of(name).attention(kind, 1).scores[2])
    divided = "" if name == "t5" else "/√m"
    assert meta["score"] == f"q·k{divided}" + (" + b" if name == "t5" and kind != "cross" else "")


@pytest.mark.parametrize(("name", "kind", "form"), FORMED)
def test_the_steps_agree_with_the_model(open_page, name, kind, form):
    for number in TELLING:
        app = open_page("attention_steps", name, kind, step=str(number), form=form, head="2", layer="1")
        assert "✓" in panel(app), (number, panel(app))


@pytest.mark.parametrize("kind", ["encoder", "decoder", "cross"])
def test_the_bias_of_the_distance_is_a_term_of_its_own(open_page, kind):
    app = open_page("attention_steps", "t5", kind, step="4", head="3", query="5", key="2")
    meta, arrays = arrays_of(app, "number_board")
    names = [block["name"] for block in meta["blocks"]]
    if kind == "cross":
        assert "position_bias" not in names and "b_{ij}" not in said(app)
        return
    bias = zoo.run_of("t5").attention(kind, 0).position_bias[2]
    table = zoo.checkpoint_of("t5").model.state_dict()[f"{kind}.position_bias.weight"].numpy()
    assert bias[4, 1] in table[:, 2]
    numbers = [arrays[f"b{n}"] for n, found in enumerate(names) if found == "position_bias"]
    assert numbers[0].item() == bias[4, 1]
    np.testing.assert_array_equal(numbers[1].ravel(), bias[4])
    assert "b_{ij}" in said(app) and "Plus the bias of the distance" in said(app)
    app.selectbox(key="_block").set_value(names.index("position_bias")).run()
    assert "✓" in panel(app) and "Distance -3 is of kind" in panel(app)


@pytest.mark.parametrize("name", zoo.NAMES)
def test_the_boxes_open_and_their_numbers_agree(open_page, name):
    for box in BOXES[name]:
        app = open_page("forward_pass", name, box=box)
        assert app.session_state["box"] == box
        assert "✓" in panel(app), (box, panel(app))
        meta, _ = arrays_of(app, "pass_numbers")
        for n in range(1, len(meta["sheets"])):
            app.selectbox(key="_sheet").set_value(n).run()
            assert not app.exception and "✓" in panel(app), (box, n)


def test_a_model_without_logits_says_so(open_page):
    app = open_page("forward_pass", "bert-attention")
    assert len(app.info) == 1 and "no logits" in app.info[0].value
    meta, _ = arrays_of(app, "pass_encoder_above")
    boxes = [box["name"] for section in meta["sections"] for box in section["boxes"]]
    assert boxes[-1] == "encoder.2.ff.norm"
    app = open_page("factorisation", "bert-attention")
    assert len(app.info) == 1 and "no output layer" in app.info[0].value
    assert not components(app)


@pytest.mark.parametrize("name", [name for name in zoo.NAMES if name != "bert-attention"])
def test_every_factor_of_the_ledger_is_checked(open_page, name):
    app = open_page("factorisation", name, factor="2", unit="bits")
    assert "✓" in panel(app)
    meta, _ = arrays_of(app, "readout_board")
    names = [block["name"] for block in meta["blocks"]]
    assert ("t" in names, "g" in names, "u" in names) == (name == "bert", name == "bert", name == "t5")
    for n, block in enumerate(names):
        app.selectbox(key="_block").set_value(n).run()
        assert not app.exception and "✓" in panel(app), block


@pytest.mark.parametrize("name", [name for name in zoo.NAMES if name != "bert-attention"])
def test_every_other_view_of_the_factorisation_is_drawn(open_page, name):
    for view in ("candidates", "passes", "vector", "distribution"):
        open_page("factorisation", name, view=view)


@pytest.mark.parametrize("name", zoo.NAMES)
def test_every_box_has_its_words(name):
    checkpoint = zoo.checkpoint_of(name)
    sections = read_forward_pass(zoo.run_of(name), checkpoint.model, checkpoint.tokenizer.labels)
    assert all(lesson("forward_pass", key) for section in sections for box in section.boxes for key in box.lessons)
