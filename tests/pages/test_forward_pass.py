"""The page of the forward pass in every mode, without a browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests import bundled
from tests.components.packed import unpack
from tests.pages import drawn

ROOT = Path(__file__).resolve().parents[2]
GPT, PAIR, TOY = bundled.first("decoder"), bundled.first("encoder-decoder"), "classroom-tiny-bert"


def open_page(model: str, text: str, query: dict[str, str], **state: object) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in {"model": model, bundled.text_key(model): text, **state}.items():
        app.session_state[key] = value
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page("explorer/pages/forward_pass.py").run()
    assert not app.exception
    return app


def sent(app: AppTest, key: str) -> tuple[dict, dict[str, np.ndarray]]:
    return unpack(drawn.sent(app, key).bytes)


def test_a_translators_boxes_stand_in_two_columns_and_one_opens():
    text = bundled.PLAIN.short
    app = open_page(PAIR, text, {"box": "decoder.2.cross.weight", "at": "2.3"})
    assert "✓" in drawn.panel(app)
    weights = bundled.run_of(PAIR, text).attention("cross", 1).weights
    meta, arrays = sent(app, "pass_numbers")
    np.testing.assert_array_equal(arrays["s0"], np.concatenate(list(weights), axis=1))
    assert meta["picked"] == [0, 1, 2]
    names = [
        [box["name"] for section in sent(app, f"pass_{part}")[0]["sections"] for box in section["boxes"]]
        for part in ("encoder_above", "encoder_below", "decoder_above", "decoder_below")
    ]
    assert names[0][0] == "encoder.ids" and names[2][-1] == "decoder.2.cross.norm"
    assert names[3][0] == "decoder.2.ff.hidden" and names[3][-1] == "decoder.end.probability"
    app.button(key="box_next").click().run()
    assert not app.exception and app.session_state["box"] == "decoder.2.cross.y"
    app.number_input(key="_column").set_value(7).run()
    assert app.session_state["at"].endswith(".7") and "dimension 7" in drawn.panel(app)
    app.button(key="box_close").click().run()
    assert not app.exception and "box" not in app.query_params and "at" not in app.query_params


@pytest.mark.parametrize("address", [{"box": "encoder.9.x", "at": "1.1"}, {"box": "decoder.end.logit", "at": "<b>.99"}])
def test_what_the_address_asks_in_vain_is_said(address):
    app = open_page(GPT, "Two dogs", address)
    said = " ".join(caption.value for caption in app.caption)
    assert "that is not there" in said and "<b>" not in said
    assert "With at most" in said  # a large model has too many numbers for one page
    assert app.toggle(key="all_numbers").disabled


def test_a_toy_shows_all_of_its_numbers():
    text = bundled.OF_WORDS.masked
    app = open_page(TOY, text, {"box": "encoder.1.attention.q", "at": "2.5"}, all_numbers=True)
    assert "✓" in drawn.panel(app)
    meta, arrays = sent(app, "all_numbers_of_the_pass")
    run = bundled.run_of(TOY, text)
    numbers = {each["heading"]: arrays[f"s{n}"] for n, each in enumerate(meta["sheets"])}
    np.testing.assert_array_equal(numbers["logits"], run.trace.logits)
    np.testing.assert_array_equal(numbers["hidden"], run.block("encoder", 0).ff_hidden)
    assert meta["picked"][1:] == [1, 4] and meta["small"]
