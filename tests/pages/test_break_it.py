"""The frame of the page and its laboratory, without a browser."""

from __future__ import annotations

import time

import numpy as np

from explorer.analysis.score_laboratory import SIZES, draw_products, laboratory
from explorer.ui import score_laboratory
from explorer.ui.break_it import VIEWS
from tests.components.packed import unpack
from tests.pages.drawn import checks


def test_the_laboratory_holds_what_the_address_says(open_app):
    app = open_app("break_it", view="laboratory", m="97", keys="29", draw="5", asked="norm", way="without")
    assert not app.exception
    assert app.segmented_control(key="view").options == [title for title, _ in VIEWS.values()]
    (data,) = (e.proto.bytes for e in app.get("bidi_component") if e.proto.id.endswith("-score_laboratory"))
    meta, arrays = unpack(data)
    lab = laboratory(5, 29, 97)
    assert meta["m"] == 97
    np.testing.assert_array_equal(arrays["weights"], lab.weights.astype(np.float32))
    np.testing.assert_array_equal(arrays["measured"][1], lab.measured["entropy"].astype(np.float32))
    words = "\n".join([*(element.value for element in app.markdown), checks(app)])
    assert "Mean size of the gradient ‖J‖, without 1/√m, m = 97" in words and "✓" in words and "✗" not in words
    assert "variance of the scores" in words and "The laboratory" in words
    app.query_params["m"] = "1" * 5_000
    del app.session_state["m"]
    app.session_state["asked"] = "head_entropy"
    app.run()
    assert not app.exception
    assert sum("m must be a whole number from 1 to 1,024: showing 64" in caption.value for caption in app.caption) == 1
    assert "The chosen head: mean entropy" in "\n".join(element.value for element in app.markdown)


def test_what_draw_again_shows_is_drawn_ahead_once_and_for_all(open_app, monkeypatch):
    drawn = []
    monkeypatch.setattr(score_laboratory, "draw_products", lambda *of: drawn.append(of) or draw_products(*of))
    app = open_app("break_it", view="laboratory", draw="9998")

    def until(n: int) -> None:
        end = time.monotonic() + 20
        while len(drawn) < n or (9999, SIZES) not in score_laboratory._draws:
            assert time.monotonic() < end
            time.sleep(0.01)

    until(2)
    app.slider(key="keys").set_value(29).run()  # no new draw, and nothing to be drawn ahead
    assert drawn == [(9998, SIZES), (9999, SIZES)]
    app.button(key="draw_again").click().run()
    until(3)
    assert drawn[2:] == [(0, SIZES)]  # after the last comes the first
    (data,) = (e.proto.bytes for e in app.get("bidi_component") if e.proto.id.endswith("-score_laboratory"))
    expected = laboratory(9999, 29, 64).measured["entropy"].astype(np.float32)
    np.testing.assert_array_equal(unpack(data)[1]["measured"][1], expected)
