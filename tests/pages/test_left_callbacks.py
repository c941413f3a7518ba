"""Streamlit calls back for a control of a page that its visitor has just left, whose value it has forgotten by then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
import streamlit as st
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from tests import bundled

GPT, BERT, PAIR = (bundled.first(kind) for kind in ("decoder", "encoder", "encoder-decoder"))
TOY = "classroom-tiny-gpt"
ADDRESSES = [
    *(("home", {"model": model}) for model in (GPT, BERT, PAIR)),
    ("attention_heads", {"model": PAIR}),
    ("attention_heads", {"model": GPT, "view": "Lines"}),
    *(("attention_steps", {"model": GPT, "step": str(step)}) for step in (1, 3, 8)),
    ("forward_pass", {"model": PAIR, "box": "decoder.2.cross.weight"}),
    ("forward_pass", {"model": GPT, "view": "stream"}),
    ("factorisation", {"model": GPT}),
    *(("factorisation", {"model": PAIR, "view": view}) for view in ("vector", "candidates", "passes")),
    ("factorisation", {"model": TOY, "view": "distribution"}),
    ("factorisation", {"model": BERT}),
    *(("decoding", {"model": GPT, "view": view}) for view in ("filters", "beam", "draws", "tokens")),
    ("decoding", {"model": BERT, "view": "tokens"}),
    *(
        ("parameters", {"view": view})
        for view in ("One attention layer", "The whole model", "What it costs", "Published models", "Build it")
    ),
    *(("positions", {"model": GPT, "view": view}) for view in ("waves", "board", "why", "relative", "model", "sum")),
    *(("compare", {"model": GPT, "view": view}) for view in ("machines", "word", "models", "heads")),
    ("break_it", {"model": PAIR, "change": "no_mask"}),
    *(("break_it", {"model": GPT, "view": view}) for view in ("ranking", "edit")),
    ("break_it", {"model": TOY, "view": "number"}),
    ("break_it", {"model": TOY, "view": "laboratory"}),
    *(("models", {"view": view}) for view in ("list", "hub", "folder")),
]


@pytest.mark.parametrize(("page", "query"), ADDRESSES, ids=lambda part: part if isinstance(part, str) else str(part))
def test_nothing_happens(open_app, monkeypatch, page, query):
    app = open_app(page, **query)
    assert not app.exception
    monkeypatch.setattr(st, "session_state", after_leaving(app))
    monkeypatch.setattr(st, "query_params", dict(app.query_params))
    called = [call() for call in callbacks(app)]
    assert len(called) > 1


def test_what_was_switched_off_stays_so(open_app, monkeypatch):
    app = open_app("break_it", model=PAIR, change="head.encoder.1.1.zero;twice.encoder.1;no_mask")
    left = after_leaving(app)
    monkeypatch.setattr(st, "session_state", left)
    monkeypatch.setattr(st, "query_params", {})
    before = left["change"]
    for call in callbacks(app):
        if call.func.__module__ == "explorer.ui.break_it_controls":
            call()
    assert before and left["change"] == before


def callbacks(app: AppTest) -> Iterator[Callable[[], object]]:
    """What is called when something is chosen: by a widget, and by a component for each of its events."""
    for widget in state_of(app)._new_widget_state.widget_metadata.values():
        heard = [widget.callback, *(widget.callbacks or {}).values()]
        for each in filter(None, heard):
            yield partial(each, *(widget.callback_args or ()), **(widget.callback_kwargs or {}))


def after_leaving(app: AppTest) -> dict[str, object]:
    """The session without what the page's own widgets and components hold."""
    kept = state_of(app).filtered_state
    beside = {each.key for each in app.sidebar.selectbox} | {each.key for each in app.sidebar.text_area}
    widgets = set(state_of(app)._key_id_mapper._key_id_mapping) - beside
    return {key: value for key, value in kept.items() if key not in widgets}


def state_of(app: AppTest) -> SessionState:
    return app.session_state._state._state
