"""A list whose options have changed since the page showed it: the browser sends a label that is none of them."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Multiselect, Selectbox

from tests import bundled

GPT, PAIR = bundled.first("decoder"), bundled.first("encoder-decoder")
GONE = "7 “a token of another text”"
PLACES = (
    ("attention_steps", GPT, {"step": "3"}, "_block"),
    ("forward_pass", GPT, {"box": "decoder.2.attention.weight"}, "_sheet"),
    ("decoding", GPT, {"view": "tokens"}, "_branch"),
    ("parameters", GPT, {}, "_base"),
    ("parameters", GPT, {"view": "The whole model"}, "_option_architecture"),
    ("attention_heads", PAIR, {}, "_kind"),
    ("break_it", PAIR, {}, "_heads_off"),
    ("break_it", PAIR, {}, "_layers_off"),
)


def send(app: AppTest, key: str, label: str) -> None:
    """What a browser sends that still shows another list."""
    kind = type(control(app, key))
    usual = kind._widget_state

    def state(each: Selectbox | Multiselect):
        found = usual.fget(each)
        if each.key == key and kind is Selectbox:
            found.string_value = label
        elif each.key == key:
            found.string_array_value.data[:] = [label]
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "_widget_state", property(state))
        app.run()


@pytest.mark.parametrize(("page", "model", "query", "key"), PLACES)
def test_it_chooses_nothing(open_app, page, model, query, key):
    texts = {bundled.text_key(model): bundled.PLAIN.short}
    app = open_app(page, model=model, **texts, **query)
    if key == "_branch":
        app.button(key="best").click().run()
    before = dict(app.query_params), control(app, key).value
    send(app, key, GONE)
    assert not app.exception
    assert (dict(app.query_params), control(app, key).value) == before


def control(app: AppTest, key: str) -> Selectbox | Multiselect:
    [found] = [each for each in (*app.selectbox, *app.multiselect) if each.key == key]
    return found
