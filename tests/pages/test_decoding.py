"""The decoding page in every mode and view, without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.analysis.factorisation import factorise
from explorer.model.beam import search
from explorer.model.decoding import greedy_tokens
from explorer.model.filters import Filters
from explorer.model.sampling import sample_tokens, uniform_numbers
from explorer.model.scoring import target_logits
from tests.bundled import MODELS, checkpoint_of, first, run_of, text_key, texts
from tests.pages.drawn import panel

ROOT = Path(__file__).resolve().parents[2]
PAIR, GPT, BERT = map(first, ("encoder-decoder", "decoder", "encoder"))
TOY, SHAKESPEARE = "classroom-tiny-gpt", "gpt-shakespeare"
WRITERS = [PAIR, TOY, SHAKESPEARE, "classroom-tiny-encoder-decoder", "translator-en-de-bottleneck"]
VIEWS = ("filters", "beam", "draws", "tokens")


def open_decoding(model: str, text: str | None = None, target: str = "", **query: object) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["model"] = model
    app.session_state[text_key(model)] = texts(model).short if text is None else text
    if target:
        app.session_state["target"] = target
    for key, value in query.items():
        app.query_params[key] = str(value)
    app.switch_page("explorer/pages/decoding.py").run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return "\n".join(text.value for kind in (app.markdown, app.caption, app.info) for text in kind)


def number(shown: str) -> float:
    """A number that ``significant`` wrote."""
    mantissa, _, power = shown.strip().replace("−", "-").partition("·10")
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    return float(mantissa) * 10.0 ** int(power.translate(digits) or 0)


def start(model: str) -> tuple[list[int], list[int] | None, int | None]:
    """(prefix, source, end) of the short text."""
    run = run_of(model, texts(model).short)
    end = checkpoint_of(model).tokenizer.special_ids.get("[EOS]")
    if run.source:
        return list(run.tokens.ids[:1]), list(run.source.ids), end
    return list(run.tokens.ids), None, end


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("model", WRITERS)
def test_every_view_of_every_model_that_writes(model, view):
    app = open_decoding(model, view=view, length=4)
    assert app.session_state["view"] == view
    assert not app.error and not app.warning


@pytest.mark.parametrize("model", [BERT, "classroom-tiny-bert"])
@pytest.mark.parametrize("view", ["filters", "tokens"])
def test_a_bert_has_two_views(model, view):
    app = open_decoding(model, texts(model).masked, view=view)
    assert app.session_state["view"] == view
    assert "no autoregressive decoding" in words(app)


def test_a_bert_falls_back_from_a_beam_and_asks_for_a_mask():
    app = open_decoding(BERT, texts(BERT).short, view="beam")
    assert app.session_state["view"] == "filters"
    assert "Write `[MASK]`" in words(app)


@pytest.mark.parametrize("model", [PAIR, TOY])
def test_filters_show_the_draw_of_this_seed(model, component_data):
    query = {"temperature": 1.3, "top_k": 5, "top_p": 0.8, "seed": 11, "position": 2, "length": 5}
    app = open_decoding(model, **query)
    prefix, source, end = start(model)
    filters = Filters(1.3, 5, 0.8)
    n = min(5, app.session_state["length"])
    u = uniform_numbers(11, 0, n)
    written = [int(t[0]) for t in sample_tokens(checkpoint_of(model).model, prefix, end, filters, u[None], source)]
    label = checkpoint_of(model).tokenizer.label
    data = component_data(app, "filter_bars")
    drawn = data["rows"][data["die"]["row"]]
    assert drawn["token_id"] == written[1] and drawn["label"] == label(written[1])
    assert data["die"]["u"] == float(u[1])
    assert [stage["title"] for stage in data["stages"]] == ["softmax(z)", "temperature", "top-k", "top-p"]
    for s in range(4):
        column = [row["probabilities"][s] or 0 for row in [*data["rows"], data["tail"]]]
        assert sum(column) == pytest.approx(1)
    assert "✓" in panel(app)


@pytest.mark.parametrize("penalty", [1.0, 1.5])
def test_the_curves_of_the_temperature_are_of_what_it_is_applied_to(component_data, penalty):
    app = open_decoding(GPT, temperature=1.3, position=2, repetition_penalty=penalty)
    bars, curves = component_data(app, "filter_bars"), component_data(app, "temperature_curves")
    titles = [stage["title"] for stage in bars["stages"]]
    after = {row["label"]: row["probabilities"][titles.index("temperature")] for row in bars["rows"]}
    before = {row["label"]: row["probabilities"][titles.index("temperature") - 1] for row in bars["rows"]}
    assert titles[titles.index("temperature") - 1] == ("softmax(z)" if penalty == 1 else "repetition penalty")
    assert curves["labels"] == sorted(before, key=before.get, reverse=True)[:4]
    assert curves["temperatures"][curves["chosen"]] == 1.3
    at = [values[curves["chosen"]] for values in curves["probabilities"]]
    assert at == pytest.approx([after[label] for label in curves["labels"]])


def test_without_a_temperature_the_curves_stand_at_1(component_data):
    curves = component_data(open_decoding(TOY, temperature=1.0, top_p=1.0), "temperature_curves")
    assert curves["temperatures"][curves["chosen"]] == 1


def test_the_next_seed_and_the_url():
    app = open_decoding(GPT, seed=4, top_k=7, length=3)
    app.button(key="next_seed").click().run()
    assert app.query_params["seed"] == "5" and app.query_params["top_k"] == "7"
    assert "temperature" not in app.query_params


def test_nonsense_in_the_url_falls_back_with_a_sentence():
    nonsense = {"temperature": "nan", "top_k": "-3", "top_p": "1e9", "min_p": "x", "repetition_penalty": "🙂"}
    more = {"seed": "9" * 400, "length": "0", "position": "999", "stage": "<b>", "token": "-1"}
    app = open_decoding(GPT, **nonsense, **more)
    said = words(app)
    for key in (*nonsense, *more):
        assert f"The address asks for a {key.replace('_', ' ')} that is not there" in said, key
        assert key not in app.query_params
    assert not app.error


@pytest.mark.parametrize("model", [PAIR, TOY])
def test_the_beam_is_the_models_own_search(model, component_data):
    app = open_decoding(model, view="beam", width=3, length=4, length_penalty=0.5)
    prefix, source, end = start(model)
    found = search(checkpoint_of(model).model, prefix, end, 4, 3, sources=source and [source], length_penalty=0.5)[0]
    shown = component_data(app, "n_best_table")
    assert [column["title"] for column in shown["columns"]][1:3] == ["rank, α = 0.5", "rank, α = 0"]
    decode = checkpoint_of(model).tokenizer.decode
    greedy = [n for n, row in enumerate(shown["rows"]) if row[0].endswith("(greedy)")]
    assert shown["marked"] == greedy and len(greedy) <= 1
    for rank, (row, hypothesis) in enumerate(zip(shown["rows"], found.best, strict=True), start=1):
        said = row[0].removesuffix(" (greedy)").removesuffix("…")
        assert said == (decode(hypothesis.ids) or ("(nothing)" if hypothesis.ended else ""))
        assert int(str(row[1]).split()[0]) == rank and row[3] == len(hypothesis.ids)
        assert row[4:] == pytest.approx([hypothesis.log_probability, hypothesis.score], rel=1e-5)
    unpenalised = [row[2] for row in shown["rows"]]
    by_log_p = sorted(range(len(unpenalised)), key=lambda n: -found.best[n].log_probability)
    if all(each.ended == found.best[0].ended for each in found.best):
        assert sorted(range(len(unpenalised)), key=unpenalised.__getitem__) == by_log_p


def test_a_branch_can_be_chosen_without_a_mouse(component_data):
    app = open_decoding(GPT, view="beam", width=2, length=4)
    app.selectbox(key="branch").set_value(2).run()
    assert not app.exception and app.query_params["branch"] == "2"
    rows = component_data(app, "factor_ledger")["rows"]
    assert [row["rank"] for row in rows] == [2]  # the first token's second choice
    app.selectbox(key="branch").set_value(0).run()
    assert "nothing has been written yet" in words(app)


def test_drawing_all_gives_the_texts_of_this_seed(component_data):
    app = open_decoding(TOY, view="draws", n=45, length=3, seed=3, temperature=3.0, top_p=1.0)
    assert app.button(key="draw").label == "Draw the other 25"
    app.button(key="draw").click().run()  # goes on by itself, batch after batch
    assert app.button(key="draw").disabled and not app.exception
    prefix, source, end = start(TOY)
    u = torch.stack([uniform_numbers(3, draw, 3) for draw in range(45)])
    filters = Filters(temperature=3.0)
    steps = list(sample_tokens(checkpoint_of(TOY).model, prefix, end, filters, u, source))
    rows = torch.stack(steps, 1).tolist()
    drawn = [tuple(row[: row.index(end) + 1]) if end in row else tuple(row) for row in rows]
    counts = sorted(map(drawn.count, set(drawn)), reverse=True)
    table = next(text.value for text in app.markdown if "after the filters" in text.value)
    shown = [line.split("|") for line in table.splitlines()[2:]]
    assert [int(row[2]) for row in shown] == counts[: len(shown)]
    dots = component_data(app, "draw_frequencies")["figure"]["data"][2]
    firsts = [text[0] for text in drawn]
    label = checkpoint_of(TOY).tokenizer.label
    assert {name: count for name, count in dots["customdata"] if count} == {
        label(token): firsts.count(token) for token in set(firsts)
    }
    best = max(drawn, key=drawn.count)
    logits = target_logits(checkpoint_of(TOY).model, [prefix], [list(best)])[0]
    p = [np.exp(factorise(logits / temperature, best).total_log_p) for temperature in (3, 1)]
    assert [number(cell) for cell in shown[0][4:6]] == pytest.approx(p, rel=6e-3)


def test_token_by_token_follows_greedy_and_goes_back(component_data):
    app = open_decoding(PAIR, view="tokens")
    prefix, source, end = start(PAIR)
    greedy = list(greedy_tokens(checkpoint_of(PAIR).model, prefix, end, 3, source))
    for _ in range(3):
        app.button(key="best").click().run()
    assert app.query_params["path"] == "-".join(map(str, greedy))
    app.button(key="back").click().run()
    assert app.query_params["path"] == "-".join(map(str, greedy[:2]))
    assert component_data(app, "next_tokens")["groups"][0]["bars"][0]["token_id"] == greedy[2]
    app.button(key="start").click().run()
    assert "path" not in app.query_params
    app.selectbox(key="_branch").set_value(tuple(greedy)).run()
    assert app.query_params["path"] == "-".join(map(str, greedy))


def test_a_token_can_be_found(component_data):
    app = open_decoding(GPT, view="tokens")
    app.text_input(key="find").set_value(" dog").run()
    groups = component_data(app, "next_tokens")["groups"]
    assert groups[0]["heading"] == "Found" and all("␣dog" in bar["label"].lower() for bar in groups[0]["bars"])
    app.text_input(key="find").set_value("🙂漢字").run()
    assert "No token of this vocabulary" in words(app) and not app.exception


@pytest.mark.parametrize("path", ["99999999", "1-", "abc", "1-" * 5_000, "<img src=x>", "2-5"])
def test_a_bad_path_falls_back_with_a_sentence(path):
    end = checkpoint_of(GPT).tokenizer.special_ids["[EOS]"]
    app = open_decoding(GPT, view="tokens", path=path.replace("2-5", f"{end}-5"))
    assert "The address asks for a path of tokens that is not there" in words(app)
    assert "path" not in app.query_params


def test_a_complete_text_and_a_full_one():
    end = checkpoint_of(GPT).tokenizer.special_ids["[EOS]"]
    assert "come to its end" in words(open_decoding(GPT, view="tokens", path=f"5-{end}"))
    room = MODELS[TOY].config.max_len - len(run_of(TOY, texts(TOY).short).tokens) + 1
    app = open_decoding(TOY, view="tokens", path="-".join(["5"] * room))
    assert "no room for another token" in words(app)
    assert app.button(key="best").disabled


def test_another_text_begins_anew():
    app = open_decoding(GPT, view="tokens", path="5-6")
    app.text_area(key="text").set_value("Two dogs").run()
    assert not app.exception and "path" not in app.query_params


def test_a_typed_target_is_where_decoding_begins():
    app = open_decoding(PAIR, target=texts(PAIR).target, view="tokens")
    assert re.search(r"begins with the target text that you typed, “Ein Hund", words(app))


def test_a_bert_fills_gap_after_gap():
    app = open_decoding(BERT, texts(BERT).masked, view="tokens")
    gaps = texts(BERT).masked.count("[MASK]")
    for _ in range(gaps):
        app.button(key="best").click().run()
    assert len(app.query_params["fills"].split("-")) == 2 * gaps
    assert app.button(key="best").disabled and "Every gap is filled" in words(app)
    table = next(text.value for text in app.markdown if "| most certain first |" in text.value)
    sums = [line.split("|")[-2].strip() for line in table.splitlines()[2:]]
    assert "together log = " + table.splitlines()[2].split("|")[-3].strip() in words(app)
    assert len(sums) == 3


@pytest.mark.parametrize("fills", ["1-5", "0-0-0", "999-3", "x", "2-99999"])
def test_bad_fills_fall_back_with_a_sentence(fills):
    app = open_decoding(BERT, texts(BERT).masked, view="tokens", fills=fills)
    assert "fills gaps that are not there" in words(app) or fills == "2-99999"
    assert not app.exception


@pytest.mark.parametrize("text", ["", "   ", "x" * 100_000])
def test_a_text_that_cannot_be_read_gives_one_sentence(text):
    app = open_decoding(GPT, text, view="draws")
    assert app.text_area(key="text").value == text
    assert len(app.warning) == 1 and "view" not in app.session_state


@pytest.mark.parametrize("view", VIEWS)
def test_emoji_and_chinese_are_a_text_like_any_other(view):
    app = open_decoding(GPT, "🙂漢字", view=view, length=3)
    assert not app.warning and not app.error


def test_by_default_the_first_draw_that_parts_from_the_most_probable_token():
    app = open_decoding(GPT, seed=2, temperature=3.0, top_p=1.0, length=6)
    prefix, _, end = start(GPT)
    u = uniform_numbers(2, 0, 6)[None]
    steps = sample_tokens(checkpoint_of(GPT).model, prefix, end, Filters(temperature=3.0), u)
    written = [int(tokens[0]) for tokens in steps]
    rank = factorise(target_logits(checkpoint_of(GPT).model, [prefix], [written])[0], written).rank
    assert app.session_state["position"] == next(i for i, r in enumerate(rank, start=1) if r > 1)
