"""The switches and the ranking without a browser: one translator, one GPT, one BERT, against passes made here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.analysis.factorisation import factorise
from explorer.figures.style import significant
from explorer.model.changed import changed_checkpoint
from explorer.model.intervention import HeadChange, Intervention, LayerChange, Place
from explorer.model.intervention_text import intervention_text
from explorer.model.run import run_ids
from explorer.model.scoring import masked_logits
from tests.bundled import checkpoint_of, first, run_of, text_key, texts
from tests.components.packed import unpack
from tests.pages.drawn import sent

ROOT = Path(__file__).resolve().parents[2]
TINY_PAIR, TINY_BERT = "classroom-tiny-encoder-decoder", "classroom-tiny-bert"
GPT = first("decoder")


def open_view(view: str, model: str, text: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["model"] = model
    app.session_state[text_key(model)] = text
    for key, value in {"view": view, **query}.items():
        app.query_params[key] = value
    app.switch_page("explorer/pages/break_it.py").run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption, *app.info, *app.warning))


def totals(app: AppTest) -> list[list]:
    return json.loads(sent(app, "break_totals").json)["rows"]


def test_a_translators_numbers_are_those_of_the_changed_model():
    text = texts(TINY_PAIR).repeated
    change = Intervention(
        no_mask=True,
        heads=(HeadChange(Place("cross", 0, 1), "zero"),),
        layers=(LayerChange("decoder", 0, "twice"),),
    )
    asked = f"{intervention_text(change)};head.encoder.9.1.zero"
    app = open_view("switches", TINY_PAIR, text, change=asked)
    checkpoint, run = checkpoint_of(TINY_PAIR), run_of(TINY_PAIR, text)
    after = run_ids(changed_checkpoint(checkpoint, change), list(run.tokens.ids), list(run.source.ids))
    ids = [*run.tokens.ids[1:], checkpoint.tokenizer.id_of("[EOS]")]
    before, now = (factorise(each.trace.logits, ids) for each in (run, after))
    rows = totals(app)
    assert rows[0][1] == pytest.approx(before.total_log_p) and rows[1][1] == pytest.approx(now.total_log_p)
    _, arrays = unpack(sent(app, "break_maps").bytes)
    np.testing.assert_array_equal(arrays["m0"], run.attention("encoder", 0).weights[0])
    tokens = [[each["p"] for each in row["tokens"]] for row in json.loads(sent(app, "break_factors").json)["rows"]]
    np.testing.assert_allclose(tokens, [before.p, now.p], rtol=1e-6)
    said = words(app)
    assert "One change is left out: this model has 1 layers of that kind" in said
    assert "the future is read" in said and "no probability" in said and "cross, layer 1, head 2" in said


def test_a_gpts_switch_moves_what_is_said_and_starting_over_gives_it_back():
    text = texts(GPT).short
    app = open_view("switches", GPT, text)
    assert "**exactly 0**" in words(app) and totals(app)[2][1:3] == [0.0, 0.0]
    app.toggle(key="_switch_no_scale").set_value(True).run()
    assert app.query_params["change"] in ("no_scale", ["no_scale"])
    checkpoint, run = checkpoint_of(GPT), run_of(GPT, text)
    after = run_ids(changed_checkpoint(checkpoint, Intervention(no_scale=True)), list(run.tokens.ids))
    drop = [factorise(each.trace.logits[:-1], run.tokens.ids[1:]).total_log_p for each in (run, after)]
    assert f"by **{significant(abs(drop[0] - drop[1]))}** nats" in words(app)
    _, arrays = unpack(sent(app, "break_difference").bytes)
    own, now = (each.attention("decoder", 0).weights[0] for each in (run, after))
    np.testing.assert_allclose(arrays["m0"], now - own, atol=1e-6)
    next(button for button in app.button if button.label == "Start over").click().run()
    assert "change" not in app.query_params and "**exactly 0**" in words(app)


def test_a_bert_has_no_mask_to_lose_and_its_heads_are_ranked():
    text = texts(TINY_BERT).masked
    app = open_view("switches", TINY_BERT, text, change="no_mask;no_norm")
    assert app.toggle(key="_switch_no_mask").disabled and "every token sees all others" in words(app)
    assert "pseudo-log-likelihood" in words(app)
    app.segmented_control(key="view").set_value("ranking").run()
    assert not app.exception
    checkpoint, run = checkpoint_of(TINY_BERT), run_of(TINY_BERT, text)
    mask = checkpoint.tokenizer.id_of("[MASK]")
    positions = [i for i in range(1, len(run.tokens) - 1) if run.tokens.ids[i] != mask]

    def pll(change: Intervention) -> float:
        model = changed_checkpoint(checkpoint, change).model
        logits = masked_logits(model, list(run.tokens.ids), positions, mask)
        return factorise(logits, [run.tokens.ids[i] for i in positions]).total_log_p

    off = [HeadChange(Place("encoder", 0, head), "zero") for head in range(run.entry.config.n_heads)]
    drops = [pll(Intervention()) - pll(replace(Intervention(), heads=(each,))) for each in off]
    rows = json.loads(sent(app, "ranking_table").json)["rows"]
    assert [row[3] for row in rows] == pytest.approx(sorted(drops, reverse=True), abs=1e-5)
    cells = json.loads(sent(app, "ranking_grid").json)["cells"]
    assert [cell["value"] for cell in cells] == pytest.approx(drops, abs=1e-5)
    assert "do not add up" in words(app)
    next(button for button in app.button if button.label.startswith("Switch it off")).click().run()
    assert app.session_state["change"] == "no_norm;head.encoder.1.1.zero"
    assert app.session_state["view"] == "switches" and not app.exception
