"""Views that a visitor has seen stay on the page, unseen and without their data; others are not there."""

from __future__ import annotations

import json

import pytest

from tests.bundled import first

GPT, PAIR, BERT = map(first, ("decoder", "encoder-decoder", "encoder"))
VIEWS = [  # page, model, one view and its first picture, another view and its first picture
    ("attention_heads", GPT, "Matrix", "head_map", "Lines", "token_lines"),
    ("factorisation", PAIR, "ledger", "factor_ledger", "candidates", "candidate_table"),
    ("factorisation", PAIR, "ledger", "factor_ledger", "vector", "vector_factors"),
    ("forward_pass", GPT, "boxes", "pass_decoder_above", "stream", "contribution_grid"),
    ("forward_pass", PAIR, "boxes", "pass_encoder_above", "stream", "contribution_grid"),
    ("forward_pass", BERT, "boxes", "pass_encoder_above", "stream", "contribution_grid"),
    ("parameters", GPT, "One attention layer", "attention_shapes", "The whole model", "parameter_map"),
    ("positions", GPT, "waves", "position_waves", "board", "readings"),
    ("compare", GPT, "machines", "parts", "heads", "distances"),
    ("break_it", GPT, "switches", "", "edit", "weight_row"),
]


def stands(app, key: str) -> str:
    """ "", "seen" or "by": what a component does on the page."""
    found = [e.proto for e in app.get("bidi_component") if e.proto.id.endswith(f"-{key}")]
    assert len(found) <= 1
    if not found:
        return ""
    is_absent = bool(found[0].json) and json.loads(found[0].json).get("absent", False)
    return "by" if is_absent else "seen"


@pytest.mark.parametrize(("page", "model", "one", "picture", "other", "others"), VIEWS)
def test_what_was_seen_stands_by(open_app, page, model, one, picture, other, others) -> None:
    app = open_app(page, model=model)

    def now(view: str) -> tuple[str, str]:
        app.segmented_control(key="view").set_value(view).run()
        assert not app.exception
        return picture and stands(app, picture), stands(app, others)

    seen, by = ("seen", "by") if picture else ("", "")
    assert now(one) == (seen, "")
    assert now(other) == (by, "seen")
    assert now(one) == (seen, "by")
    assert now(other) == (by, "seen")


def test_both_stacks_and_all_numbers_stand_by(open_app) -> None:
    app = open_app("forward_pass", model="classroom-tiny-encoder-decoder")
    stacks = ("pass_encoder_above", "pass_decoder_above")

    def now() -> list[str]:
        assert not app.exception
        return [stands(app, key) for key in (*stacks, "all_numbers_of_the_pass")]

    assert now() == ["seen", "seen", ""]
    app.toggle(key="all_numbers").set_value(True).run()
    assert now() == ["by", "by", "seen"]
    app.segmented_control(key="view").set_value("stream").run()
    assert now() == ["by", "by", "by"]
    app.segmented_control(key="view").set_value("boxes").run()
    app.toggle(key="all_numbers").set_value(False).run()
    assert now() == ["seen", "seen", "by"]
