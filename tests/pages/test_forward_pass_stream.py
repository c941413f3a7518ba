"""The residual stream without a browser: every kind of model, and what nonsense in the address does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.bundled import checkpoint_of, run_of, text_key, texts
from tests.pages.drawn import checks, sent

ROOT = Path(__file__).resolve().parents[2]


def open_stream(model: str, text: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    like = model.split("~")[1] if "~" in model else model
    app.session_state["model"] = model
    app.session_state[text_key(like)] = text
    for key, value in {"view": "stream", **query}.items():
        app.query_params[key] = value
    app.switch_page("explorer/pages/forward_pass.py").run()
    assert not app.exception
    return app


def data(app: AppTest, key: str) -> Any:
    return json.loads(sent(app, key).json)


def words(app: AppTest) -> str:
    return "\n".join([*(each.value for each in (*app.markdown, *app.caption, *app.info)), checks(app)])


@pytest.mark.parametrize("model", ["translator-en-de-bottleneck", "classroom-tiny-bert", "classroom-tiny-gpt"])
def test_the_parts_and_the_lens_of_every_kind_of_model(model):
    text = texts(model).masked if model.endswith("bert") else texts(model).repeated
    app = open_stream(model, text, stream_position="2", stream_token="5", stream_part="sum")
    z = run_of(model, text).trace.logits[1].astype(np.float64)
    assert sum(cell["value"] for cell in data(app, "contribution_grid")["cells"]) == pytest.approx(z[5], abs=1e-4)
    assert data(app, "largest_parts")["ends"][-1]["value"] == pytest.approx(z[5], abs=1e-4)
    last = data(app, "lens_map")["cells"][-1]
    assert [cell["token_id"] for cell in last] == run_of(model, text).trace.logits.argmax(-1).tolist()
    assert data(app, "lens_position")["columns"][-1] == checkpoint_of(model).tokenizer.label(5)
    assert "✓" in words(app) and "✗" not in words(app) and "deviation held fixed" in words(app)
    app.selectbox(key="measure").set_value("token").run()
    assert not app.exception and app.query_params["measure"] in ("token", ["token"])
    u = max((t for t in range(len(z)) if t != 5), key=z.__getitem__)
    cells = data(app, "contribution_grid")["cells"]
    assert sum(cell["value"] for cell in cells) == pytest.approx(z[5] - z[u], abs=1e-4)


def test_nonsense_in_the_address_is_answered_in_sentences_by_an_untrained_model():
    model = "untrained~gpt-captions~n_heads=1,d_k=5,d_v=3,positions=none,final_norm=false~3"
    nonsense = {"stream_position": "9999", "stream_token": "<b>", "measure": "x", "stream_part": "head-cross-1-1"}
    app = open_stream(model, "A dog.", **nonsense)
    assert words(app).count("The address asks for") == len(nonsense)
    assert "<b>" not in words(app) and "showing said" not in words(app)
    assert "No norm stands in the way" in words(app)
    app = open_stream(model, "A dog.", stream_token="5", measure="token", against_token="5")
    assert "The two tokens are the same one" in words(app)
