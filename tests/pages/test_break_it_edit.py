"""Attention and single numbers edited by hand, without a browser: every mode, and what nonsense in the address does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from streamlit.testing.v1 import AppTest

from explorer.analysis.factorisation import factorise
from explorer.model.changed import changed_checkpoint
from explorer.model.intervention import Intervention
from explorer.model.intervention_text import read_intervention
from explorer.model.run import Run, run_ids
from explorer.model.scoring import masked_logits
from tests.bundled import MODELS, checkpoint_of, first, run_of, text_key
from tests.components.packed import unpack
from tests.pages.drawn import sent

ROOT = Path(__file__).resolve().parents[2]
TEXT = "cat dog fish"


def open_view(view: str, model: str, text: str, kind: str = "", **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["model"] = model
    app.session_state[text_key(model)] = text
    if kind:
        app.session_state["kind"] = kind
    for key, value in {"view": view, **query}.items():
        app.query_params[key] = value
    app.switch_page("explorer/pages/break_it.py").run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption, *app.info))


def changed(model: str, text: str, changes: Intervention) -> Run:
    before = run_of(model, text)
    source = list(before.source.ids) if before.source else None
    with torch.inference_mode():
        return run_ids(changed_checkpoint(checkpoint_of(model), changes), list(before.tokens.ids), source)


def factors(app: AppTest) -> np.ndarray:
    """p before and after of each factor, [2, factor]."""
    rows = json.loads(sent(app, "break_factors").json)["rows"]
    return np.array([[token["p"] for token in row["tokens"]] for row in rows])


def test_rows_of_a_gpt_beside_the_changed_model():
    model, good = "classroom-tiny-gpt", "row.decoder.1.1.3:2=0.5;row.decoder.1.1.4:1=0"
    nonsense = "row.decoder.1.1.2:3=0.5;row.decoder.1.1.9:1=1"
    app = open_view("edit", model, TEXT, rows=f"{good};{nonsense}", query="3")
    assert sum("2 changes are left out, the first because" in caption.value for caption in app.caption) == 1
    expected = changed(model, TEXT, read_intervention(good))
    _, arrays = unpack(sent(app, "weight_row").bytes)
    np.testing.assert_array_equal(arrays["edited"], expected.attention("decoder", 0).weights[0, 2])
    np.testing.assert_array_equal(arrays["own"], run_of(model, TEXT).attention("decoder", 0).weights[0, 2])
    assert arrays["edited"][1] == np.float32(0.5) and arrays["mask"].tolist() == [1, 1, 1, 0]
    ids = expected.tokens.ids[1:]
    np.testing.assert_allclose(factors(app)[1], factorise(expected.trace.logits[:-1], ids).p)
    assert "exactly nothing" not in words(app)
    app.session_state["rows"] = f"row.decoder.1.1.3:2={float(arrays['own'][1])!r}"
    assert "changes exactly nothing" in words(app.run())
    app.session_state["rows"] = good
    app.run().button(key="give_back_1").click().run()
    assert not app.exception and app.session_state["rows"] == "row.decoder.1.1.3:2=0.5"
    next(button for button in app.button if button.label == "Start over").click().run()
    assert not app.exception and app.session_state["rows"] == "" and "rows" not in app.query_params
    assert "Nothing is changed" in words(app)


def test_rows_of_a_translator_in_two_kinds_of_attention():
    model, text = "classroom-tiny-encoder-decoder", "row.encoder.1.1.2:1=1;row.cross.1.2.1:4=0.25,1=0.25"
    app = open_view("edit", model, TEXT, "cross", rows=text, query="1")
    expected = changed(model, TEXT, read_intervention(text))
    _, arrays = unpack(sent(app, "break_maps").bytes)
    np.testing.assert_array_equal(arrays["m1"], expected.attention("cross", 0).weights[0])
    end = checkpoint_of(model).tokenizer.id_of("[EOS]")
    found = factorise(expected.trace.logits, (*expected.tokens.ids[1:], end))
    np.testing.assert_allclose(factors(app)[1], found.p)
    assert "It translates" in words(app) and "every position of the decoder" in words(app)
    app.button(key="show_row_1").click().run()  # the edits are sorted: the encoder's row is the second
    assert not app.exception and app.session_state["kind"] == "encoder" and app.session_state["query"] == 2


def test_rows_of_a_bert_and_an_address_that_says_nothing():
    model, text = "classroom-tiny-bert", "cat [MASK] fish cat"
    good = "row.encoder.1.1.2:1=1"
    app = open_view("edit", model, text, rows=good)
    changes = read_intervention(good)
    checkpoint, ids = changed_checkpoint(checkpoint_of(model), changes), list(run_of(model, text).tokens.ids)
    positions = [i for i in range(1, len(ids) - 1) if i != 2]
    logits = masked_logits(checkpoint.model, ids, positions, ids[2])
    np.testing.assert_allclose(factors(app)[1], factorise(logits, [ids[i] for i in positions]).p, rtol=1e-5)
    assert "pseudo-log-likelihood" in words(app) and "log p(y" not in words(app)
    app = open_view("edit", model, text, rows="row.encoder.1.1.2:1=NaN")
    assert sum("One change is left out:" in caption.value for caption in app.caption) == 1
    assert "Nothing is changed" in words(app)


def test_numbers_of_a_toy_beside_the_changed_model():
    model = "classroom-tiny-encoder-decoder"
    good = "number.unembedding.weight:4,5=-0.25;number.decoder.blocks.0.ff_norm.weight:3=2.0"
    nonsense = "number.nothing:1=2;number.encoder.blocks.0.ff.w_1.weight:16,0=1"
    shown = {"matrix": "encoder.embedding.token.weight", "cell": "4,5"}
    app = open_view("number", model, TEXT, numbers=f"{good};{nonsense}", **shown)
    assert sum("2 changes are left out, the first because" in caption.value for caption in app.caption) == 1
    checkpoint = changed_checkpoint(checkpoint_of(model), read_intervention(good))
    _, arrays = unpack(sent(app, "number_grid").bytes)
    np.testing.assert_array_equal(arrays["values"], checkpoint.model.unembedding.weight.detach().numpy())
    expected = changed(model, TEXT, read_intervention(good))
    _, arrays = unpack(sent(app, "number_logits").bytes)
    np.testing.assert_array_equal(arrays["m0"], run_of(model, TEXT).trace.logits)
    np.testing.assert_array_equal(arrays["m1"], expected.trace.logits)
    assert "Tied" in words(app) and "`unembedding.weight`" in words(app)
    next(button for button in app.button if button.label == "Start over").click().run()
    assert not app.exception and "Nothing is changed" in words(app)


def test_a_large_model_offers_the_toy_of_its_kind():
    model = first("decoder")
    app = open_view("number", model, MODELS[model].about.examples[0].text)
    assert "too many to see" in words(app)
    app.button(key="choose_toy").click().run()
    assert not app.exception and app.session_state["model"] == "classroom-tiny-gpt"
    assert sent(app, "number_grid")
