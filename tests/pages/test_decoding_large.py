"""Draws by a large model: a few at a time, so that nobody waits long for the first, and the same texts as otherwise."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from explorer.ui import decoding_draws

MODEL, TEXT = "classroom-tiny-gpt", "cat dog"


def texts(app: AppTest) -> str:
    return next(each.value for each in app.markdown if each.value.startswith("| text |"))


def progress(app: AppTest) -> str:
    return app.get("progress")[0].proto.text


def test_a_large_model_draws_a_few_texts_at_a_time(open_app, monkeypatch):
    address = {"model": MODEL, "text": TEXT, "view": "draws", "n": "8"}
    small = open_app("decoding", **address)
    assert progress(small) == "8 of 8 drawn"
    monkeypatch.setattr(decoding_draws, "LARGE", 0)
    large = open_app("decoding", **address)
    assert progress(large) == "4 of 8 drawn"
    large.button(key="draw").click().run()
    while progress(large) != "8 of 8 drawn":
        large.run()
    assert not large.exception and texts(large) == texts(small)
