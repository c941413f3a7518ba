"""The factorisation page's ledger in every mode, without a browser: what it shows is what the model computed."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.ui.factorisation import views_of
from tests.bundled import MODELS, TELLING_MODELS, checkpoint_of, first, run_of, text_key, texts
from tests.components.packed import unpack
from tests.pages.drawn import components, panel, sent
from tests.pages.test_home import BAD_TEXTS

ROOT = Path(__file__).resolve().parents[2]
TRANSLATOR, GPT, BERT = map(first, ("encoder-decoder", "decoder", "encoder"))
TOY_GPT = next(name for name in TELLING_MODELS if MODELS[name].config.architecture == "decoder" and name != GPT)


def open_ledger(model: str, query: dict[str, str] | None = None, **state: object) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["model"] = model
    app.session_state[text_key(model)] = texts(model).repeated
    for key, value in state.items():
        app.session_state[key] = value
    for key, value in (query or {}).items():
        app.query_params[key] = value
    app.switch_page("explorer/pages/factorisation.py").run()
    assert not app.exception
    return app


def data(app: AppTest, key: str):
    found = sent(app, key)
    return json.loads(found.json) if found.json else unpack(found.bytes)


def said(app: AppTest) -> str:
    return " ".join(text.value for text in (*app.markdown, *app.caption))


def probabilities(logits: np.ndarray) -> np.ndarray:
    e = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


@cache
def expected(model: str) -> tuple[list[int], np.ndarray]:
    """(y_1 .. y_n, the distribution behind each), by plain passes: for a BERT one pass per token."""
    checkpoint, text = checkpoint_of(model), texts(model).repeated
    found = run_of(model, text)
    ids = list(found.tokens.ids)
    if MODELS[model].config.has_cross_attention:
        return [*ids[1:], checkpoint.tokenizer.id_of("[EOS]")], probabilities(found.trace.logits)
    if MODELS[model].config.architecture == "decoder":
        end = checkpoint.tokenizer.special_ids.get("[EOS]")
        for _ in range(min(12, MODELS[model].config.max_len - len(found.tokens) + 1)):
            ids.append(int(logits_of(model, ids)[-1].argmax()))
            if ids[-1] == end:
                break
        return ids[1:], probabilities(logits_of(model, ids[:-1]))
    rows = []
    for i in range(1, len(ids) - 1):
        masked = [*ids[:i], checkpoint.tokenizer.id_of("[MASK]"), *ids[i + 1 :]]
        rows.append(logits_of(model, masked)[i])
    return ids[1:-1], probabilities(np.stack(rows))


@torch.inference_mode()
def logits_of(model: str, ids: list[int]) -> np.ndarray:
    return checkpoint_of(model).model(torch.tensor([ids])).logits[0].numpy()


@pytest.mark.parametrize("model", MODELS)
def test_the_rows_are_the_models_factors(model):
    rows = data(open_ledger(model), "factor_ledger")["rows"]
    ids, p = expected(model)
    mine = p[np.arange(len(ids)), ids]
    assert [row["token_id"] for row in rows] == ids
    np.testing.assert_allclose([row["p"] for row in rows], mine, rtol=1e-4)
    np.testing.assert_allclose([row["log_p"] for row in rows], np.log(mine), atol=1e-4)
    np.testing.assert_allclose([row["entropy"] for row in rows], -(p * np.log(p)).sum(-1), atol=1e-4)
    assert [row["rank"] for row in rows] == (1 + (p > mine[:, None]).sum(-1)).tolist()
    if model != BERT and MODELS[model].config.has_decoder:
        np.testing.assert_allclose([row["running_log_p"] for row in rows], np.cumsum(np.log(mine)), atol=1e-4)
        np.testing.assert_allclose([row["running_p"] for row in rows], np.cumprod(mine), rtol=1e-3)
    else:
        assert all(row["running_p"] is None and row["running_log_p"] is None for row in rows)


@pytest.mark.parametrize("model", TELLING_MODELS)
def test_every_factor_opens_and_its_numbers_are_right(model):
    ids, p = expected(model)
    for step in (1, len(ids) // 2, len(ids)):
        app = open_ledger(model, {"factor": str(step)})
        assert data(app, "factor_ledger")["step"] == step
        assert "✓" in panel(app), panel(app)
        assert not app.error and not app.warning
        group = data(app, "distribution")["groups"][0]
        assert group["marked"] == ids[step - 1]
        shown = {bar["token_id"]: bar["probability"] for bar in group["bars"]}
        for token, probability in shown.items():
            assert probability == pytest.approx(p[step - 1, token], rel=1e-4)
        left = group["tail"][1] if group["tail"] else 0.0
        assert sum(shown.values()) + left == pytest.approx(1)
        assert ids[step - 1] in shown


@pytest.mark.parametrize("model", TELLING_MODELS)
def test_the_attention_rows_are_those_of_the_step(model):
    app = open_ledger(model, {"factor": "2"}, layer=1, head=2)
    meta, arrays = data(app, "attention_rows")
    config, found = MODELS[model].config, run_of(model, texts(model).repeated)
    if not config.has_decoder:
        assert meta["strips"][0]["query"] == "[MASK]"
        assert arrays["weights0"].sum() == pytest.approx(1, abs=1e-5)
        return
    row = found.attention("decoder", 0).weights[1, 1, :2]
    np.testing.assert_allclose(arrays["weights0"][:2], row, atol=1e-5)
    assert not arrays["weights0"][2:].any() and not arrays["mask0"][2:].any()
    assert len(meta["strips"]) == (2 if config.has_cross_attention else 1)
    if config.has_cross_attention:
        np.testing.assert_allclose(arrays["weights1"], found.attention("cross", 0).weights[1, 1], atol=1e-5)


@pytest.mark.parametrize("model", TELLING_MODELS)
def test_at_the_end_stand_the_totals(model):
    totals = {total["label"]: total for total in data(open_ledger(model), "factor_ledger")["totals"]}
    ids, p = expected(model)
    logs = np.log(p[np.arange(len(ids)), ids])
    if MODELS[model].config.has_cross_attention:
        assert totals["p(y|x)"]["value"] == pytest.approx(logs.sum(), abs=1e-3) and totals["p(y|x)"]["is_log"]
        assert totals["perplexity"]["value"] == pytest.approx(np.exp(-logs.mean()), rel=1e-3)
        assert totals["bits per token"]["value"] == pytest.approx(-logs.mean() / np.log(2), abs=1e-3)
    elif MODELS[model].config.has_decoder:
        rest = logs[len(run_of(model, texts(model).repeated).tokens) - 1 :]
        assert totals["p(prompt, continuation)"]["value"] == pytest.approx(logs.sum(), abs=1e-3)
        assert totals["p(continuation | prompt)"]["value"] == pytest.approx(rest.sum(), abs=1e-3)
        assert totals["perplexity of the continuation"]["value"] == pytest.approx(np.exp(-rest.mean()), rel=1e-3)
    else:
        assert totals["pseudo-log-likelihood (nats)"]["value"] == pytest.approx(logs.sum(), abs=1e-3)
        assert not any(label.startswith("p(") for label in totals)


def test_bits_divide_logs_and_entropies():
    nats, bits = (data(open_ledger(TRANSLATOR, {"unit": unit}), "factor_ledger") for unit in ("nats", "bits"))
    assert (bits["entropy_unit"], bits["log_unit"]) == ("bits", "bits")
    assert bits["rows"][0]["entropy"] == pytest.approx(nats["rows"][0]["entropy"] / np.log(2))
    values = [{t["label"]: t["value"] for t in found["totals"]} for found in (nats, bits)]
    assert values[1]["log₂ p(y|x)"] == pytest.approx(values[0]["ln p(y|x)"] / np.log(2))


def test_a_target_of_ones_own_is_scored_to_its_end():
    app = open_ledger(TRANSLATOR, target=texts(TRANSLATOR).target)
    tokenizer = checkpoint_of(TRANSLATOR).tokenizer
    rows = data(app, "factor_ledger")["rows"]
    assert tokenizer.decode([row["token_id"] for row in rows]) == texts(TRANSLATOR).target
    assert rows[-1]["label"] == "[EOS]" and "The target is yours" in said(app)


def test_a_continuation_of_ones_own():
    app = open_ledger(GPT, {"continuation": "are running"})
    rows = data(app, "factor_ledger")["rows"]
    assert [row["label"] for row in rows if row["group"] == "continuation"] == ["␣are", "␣running"]
    assert "The continuation is yours" in said(app)
    assert not [field for field in app.number_input if field.key == "new"]  # nothing is left to write
    app.toggle(key="ends").set_value(True).run()
    assert data(app, "factor_ledger")["rows"][-1]["label"] == "[EOS]"


def test_how_many_tokens_are_written():
    app = open_ledger(GPT, {"new": "3"})
    rows = data(app, "factor_ledger")["rows"]
    assert sum(row["group"] == "continuation" for row in rows) == 3
    app.number_input(key="new").set_value(5).run()
    assert sum(row["group"] == "continuation" for row in data(app, "factor_ledger")["rows"]) == 5
    assert app.query_params["new"] == "5"


def test_a_full_prompt_leaves_room_for_one_more_token():
    app = open_ledger(TOY_GPT, text=" ".join(["cat dog fish"] * 3))
    rows = data(app, "factor_ledger")["rows"]
    assert len(rows) == MODELS[TOY_GPT].config.max_len and [row["group"] for row in rows].count("continuation") == 1


def test_masks_of_ones_own_are_left_out_and_said_so():
    app = open_ledger(BERT, text="A man is riding a [MASK] down the street.")
    assert "[MASK]" not in [row["label"] for row in data(app, "factor_ledger")["rows"]]
    assert "except the `[MASK]` tokens" in said(app) and "not the probability of the sentence" in said(app)


def test_nothing_but_masks_is_one_sentence():
    app = open_ledger(BERT, text="[MASK] [MASK]")
    assert len(app.warning) == 1 and "write at least one word" in app.warning[0].value


def test_step_zero_opens_nothing():
    app = open_ledger(TRANSLATOR, {"factor": "0"})
    assert "Nothing is multiplied yet" in said(app)
    assert len(components(app)) == 1


@pytest.mark.parametrize("model", [TRANSLATOR, GPT, BERT])
def test_another_token_tells_another_text(model):
    ids, p = expected(model)
    other = int(np.argsort(-p[1])[1]) if ids[1] == p[1].argmax() else int(p[1].argmax())
    app = open_ledger(model, {"factor": "2", "instead": str(other)})
    assert "instead, the" in said(app) and app.query_params["instead"] == str(other)
    app.button(key="forget_alternative").click().run()
    assert "instead, the" not in said(app) and "instead" not in app.query_params


def test_the_alternative_is_what_the_model_would_have_written():
    _, p = expected(TRANSLATOR)
    checkpoint, source = checkpoint_of(TRANSLATOR), run_of(TRANSLATOR, texts(TRANSLATOR).repeated).source.ids
    other, end = int(np.argsort(-p[0])[1]), checkpoint.tokenizer.id_of("[EOS]")
    written = [checkpoint.tokenizer.id_of("[BOS]"), other]
    with torch.inference_mode():
        while written[-1] != end:
            logits = checkpoint.model(torch.tensor([written]), torch.tensor([source])).logits[0, -1]
            written.append(int(logits.argmax()))
    text = checkpoint.tokenizer.decode(written)
    shown = said(open_ledger(TRANSLATOR, {"instead": str(other)})).replace("\\", "")
    assert f"the model goes on:** “{text}”" in shown


def test_nonsense_in_the_url_is_said_and_falls_back():
    wanted = {"factor": "999", "unit": "x", "k": "-3", "view": "<b>", "new": "1e9", "instead": "9" * 5000}
    app = open_ledger(GPT, wanted)
    assert data(app, "factor_ledger")["step"] == 1
    assert all(
        f"asks for a {key} that is not there" in said(app) for key in ("factor", "unit", "number k", "view", "new")
    )
    assert "another token that is not there" in said(app)
    assert not set(wanted) & set(app.query_params)


@pytest.mark.parametrize("what", [name for name in BAD_TEXTS if name != "too many tokens"])
@pytest.mark.parametrize("model", [GPT, TOY_GPT])
def test_a_bad_continuation_is_one_sentence_and_is_not_lost(model, what):
    app = open_ledger(model)
    app.text_area(key="continuation").set_value(BAD_TEXTS[what]).run()
    assert not app.exception and app.text_area(key="continuation").value == BAD_TEXTS[what]
    if what in ("empty", "spaces"):
        assert not app.warning and "written by the model itself" in said(app)
    elif what == "long":
        assert len(app.warning) == 1 and "has 100,000 characters" in app.warning[0].value
    elif model == TOY_GPT:
        assert len(app.warning) == 1 and "is not among the words" in app.warning[0].value
    else:
        assert not app.warning and "✓" in panel(app)
    app.text_area(key="continuation").set_value("").run()
    assert not app.exception and not app.warning


def test_a_continuation_that_does_not_fit_says_so():
    app = open_ledger(TOY_GPT)
    app.text_area(key="continuation").set_value("cat " * 20).run()
    assert len(app.warning) == 1 and "has room for 10" in app.warning[0].value


def test_the_continuation_survives_another_page():
    app = open_ledger(GPT)
    app.text_area(key="continuation").set_value("are running").run()
    app.switch_page("explorer/pages/attention_heads.py").run()
    assert not app.exception
    app.switch_page("explorer/pages/factorisation.py").run()
    assert app.text_area(key="continuation").value == "are running"


def test_a_shorter_text_brings_the_step_back_into_it():
    app = open_ledger(TRANSLATOR, {"factor": "6"})
    app.text_area(key="target").set_value("Ein").run()
    assert not app.exception and data(app, "factor_ledger")["step"] <= 2


def test_small_vocabularies_are_shown_whole():
    group = data(open_ledger(TOY_GPT), "distribution")["groups"][0]
    assert len(group["bars"]) == MODELS[TOY_GPT].config.vocab_size and group["tail"] is None
    group = data(open_ledger(GPT, {"k": "20"}), "distribution")["groups"][0]
    assert len(group["bars"]) in (20, 21)


def test_views_that_say_nothing_of_a_model_are_not_offered():
    pair, gpt, bert = (set(views_of(MODELS[name].config)) for name in (TRANSLATOR, GPT, BERT))
    assert "ledger" in pair & gpt & bert
    assert "vector" not in gpt | bert and "passes" not in bert


@pytest.mark.parametrize(
    ("model", "view"), [(name, view) for name in (TRANSLATOR, GPT, BERT) for view in views_of(MODELS[name].config)]
)
def test_every_view_opens_and_is_in_the_address(model, view):
    app = open_ledger(model, {"view": view})
    assert app.session_state["view"] == view and not app.error
    assert app.query_params.get("view", "ledger") == view


def test_an_empty_text_says_what_to_do():
    app = open_ledger(BERT, text="  ")
    assert len(app.warning) == 1 and not components(app)
