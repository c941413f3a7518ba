"""The factorisation page's other views, without a browser: their numbers, and what they say to bad input."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.analysis.factorisation import factorise
from explorer.model.catalogue import PRETRAINED
from explorer.model.measured import read_by_length
from explorer.ui.factorisation import views_of
from explorer.ui.literal import literal
from tests.bundled import MODELS, TELLING_MODELS, checkpoint_of, first, run_of, text_key, texts
from tests.components.packed import unpack
from tests.pages.drawn import sent
from tests.pages.test_factorisation import ROOT

TRANSLATOR, GPT, BERT = map(first, ("encoder-decoder", "decoder", "encoder"))
TOY_GPT, TOY_PAIR, TOY_BERT = (f"classroom-tiny-{kind}" for kind in ("gpt", "encoder-decoder", "bert"))
BAD_LINES = "Ein Hund.\n\n  \n😀 中文\nEin Hund.\n" + "wort " * 400 + "\n" + "\n".join("abcdefgh")


def open_view(view: str, model: str, query: dict[str, str] | None = None, **state: object) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["model"] = model
    app.session_state[text_key(model)] = texts(model).short
    for key, value in state.items():
        app.session_state[key] = value
    for key, value in {"view": view, **(query or {})}.items():
        app.query_params[key] = value
    app.switch_page("explorer/pages/factorisation.py").run()
    assert not app.exception
    return app


def table(app: AppTest, key: str) -> list[list]:
    return component(app, key)["rows"]


def component(app: AppTest, key: str):
    found = sent(app, key)
    return json.loads(found.json) if found.json else unpack(found.bytes)


def said(app: AppTest) -> str:
    """All words on the page, without the backslashes that keep Markdown from reading them."""
    words = " ".join(each.value for each in (*app.markdown, *app.caption, *app.info, *app.warning))
    return words.replace("\\", "")


@pytest.mark.parametrize("model", TELLING_MODELS)
def test_every_view_of_every_mode_opens(model):
    for view in views_of(MODELS[model].config):
        assert not open_view(view, model).error


@torch.inference_mode()
def alone(model: str, read: list[int], target: list[int], source: list[int] | None) -> float:
    """log p of ``target``, of which ``read`` ends with all but the last token, from one plain pass."""
    tokens = torch.tensor([read])
    logits = checkpoint_of(model).model(tokens, None if source is None else torch.tensor([source])).logits[0]
    return factorise(logits[-len(target) :].numpy(), target).total_log_p


def test_candidates_of_a_translator_get_what_single_passes_give():
    lines = ["Ein Hund sieht eine Katze.", "Eine Katze.", "Ein Hund sieht einen Hund."]
    app = open_view("candidates", TRANSLATOR, candidates="\n".join(lines))
    tokenizer, run = checkpoint_of(TRANSLATOR).tokenizer, run_of(TRANSLATOR, texts(TRANSLATOR).short)
    bos, eos = tokenizer.id_of("[BOS]"), tokenizer.id_of("[EOS]")
    found = table(app, "candidate_table")
    assert [row[:2] for row in found] == [[n, line] for n, line in enumerate(lines, start=1)]
    expected = []
    for line in lines:
        ids = tokenizer.encode(line)
        expected.append(alone(TRANSLATOR, [bos, *ids], [*ids, eos], list(run.source.ids)))
    np.testing.assert_allclose([row[3] for row in found], expected, rtol=0, atol=1e-4)
    shares = np.exp(expected) / np.exp(expected).sum()
    np.testing.assert_allclose([row[2] for row in found], shares, rtol=0, atol=1e-4)
    assert component(app, "candidate_table")["marked"] == [int(np.argmax(expected))]
    rows = component(app, "candidate_tokens")["rows"]
    assert [len(row["tokens"]) for row in rows] == [row[7] for row in found]
    best = int(np.argmax(expected))
    for row, log_p in zip(rows, expected, strict=True):
        assert row["tokens"][-1]["lead"] == pytest.approx(log_p - expected[best], abs=1e-3)


@pytest.mark.parametrize("ends", [False, True])
def test_candidates_of_a_gpt_go_on_where_the_prompt_stops(ends):
    app = open_view("candidates", TOY_GPT, candidates="cat dog\nsun", ends=ends)
    tokenizer, run = checkpoint_of(TOY_GPT).tokenizer, run_of(TOY_GPT, texts(TOY_GPT).short)
    for row, line in zip(table(app, "candidate_table"), ("cat dog", "sun"), strict=True):
        target = tokenizer.encode(line) + [tokenizer.id_of("[EOS]")] * ends
        assert row[3] == pytest.approx(alone(TOY_GPT, [*run.tokens.ids, *target[:-1]], target, None), abs=1e-4)


@torch.inference_mode()
def test_candidates_of_a_bert_are_compared_by_pseudo_log_likelihood():
    app = open_view("candidates", TOY_BERT, text="cat [MASK] sun [MASK]", candidates="dog / star\nsun\ncat / cat")
    assert "Line 2: 1 filling for 2 gaps" in said(app)
    checkpoint = checkpoint_of(TOY_BERT)
    tokenizer = checkpoint.tokenizer
    for row, sentence in zip(table(app, "candidate_table"), ("cat dog sun star", "cat cat sun cat"), strict=True):
        ids = [tokenizer.id_of("[CLS]"), *tokenizer.encode(sentence), tokenizer.id_of("[SEP]")]
        total = 0.0
        for i in range(1, len(ids) - 1):
            hidden = [*ids[:i], tokenizer.id_of("[MASK]"), *ids[i + 1 :]]
            logits = checkpoint.model(torch.tensor([hidden])).logits[0, i]
            total += float(logits.double().log_softmax(-1)[ids[i]])
        assert row[3] == pytest.approx(total, abs=1e-4)
    whole = open_view("candidates", TOY_BERT, {"compare": "sentences"}, text="cat [MASK]", candidates="cat [MASK]\ncat")
    assert "Line 1: A [MASK] is left" in said(whole)
    assert [row[1] for row in table(whole, "candidate_table")] == ["cat"]


@pytest.mark.parametrize("text", ["cat [MASK] sun [MASK]", "cat dog fish fish [MASK] cat", "[MASK]"])
def test_whole_sentences_begin_with_the_fillings_in_their_places(text):
    fillings = open_view("candidates", TOY_BERT, {"compare": "fillings"}, text=text)
    whole = open_view("candidates", TOY_BERT, {"compare": "sentences"}, text=text)
    shown, lines = table(whole, "candidate_table"), table(fillings, "candidate_table")
    assert shown
    for row, filling in zip(shown, lines, strict=True):
        sentence = text
        for part in filling[1].split(" / "):
            sentence = sentence.replace("[MASK]", part, 1)
        assert row[1] == sentence
        assert row[2:] == filling[2:]


def test_bad_candidates_get_a_sentence_each_and_the_rest_is_shown():
    app = open_view("candidates", TRANSLATOR, candidates=BAD_LINES)
    words = said(app)
    assert "Line 5 is the same as line 1" in words
    assert "Line 6: The target text has" in words
    assert "The first 8 candidates are compared; those from line 12 on are left out" in words
    assert [row[1] for row in table(app, "candidate_table")] == ["Ein Hund.", "😀 中文", *"abcde"]
    assert app.session_state["candidates"] == BAD_LINES


@pytest.mark.parametrize(
    ("lines", "words"), [("", "Type at least one"), ("x" * 100_000, "100,000 characters together")]
)
def test_nothing_to_compare_is_said(lines, words):
    assert words in said(open_view("candidates", TRANSLATOR, candidates=lines))


def test_the_models_own_text_comes_first_and_once():
    app = open_view("candidates", TRANSLATOR, candidates="Ein Hund.")
    own = checkpoint_of(TRANSLATOR).tokenizer.decode(run_of(TRANSLATOR, texts(TRANSLATOR).short).tokens.ids)
    for _ in range(2):
        app.button(key="_own_1").click().run()
        assert app.session_state["candidates"] == f"{own}\nEin Hund."
    assert table(app, "candidate_table")[0][1] == own


def test_examples_give_way_to_those_of_another_text_and_typed_lines_stay():
    app = open_view("candidates", TRANSLATOR, source="A small brown dog is running through the snow.")
    assert app.text_area(key="candidates").value.startswith("Ein kleiner brauner Hund")
    app.text_area(key="source").set_value("Two women are sitting on a bench.").run()
    assert app.text_area(key="candidates").value.startswith("Zwei Frauen")
    app.text_area(key="candidates").set_value("Mein Satz.").run()
    app.text_area(key="source").set_value("A dog.").run()
    assert app.text_area(key="candidates").value == "Mein Satz."


@pytest.mark.parametrize("model", [name for name in TELLING_MODELS if MODELS[name].config.has_decoder])
def test_one_pass_and_n_steps_agree_and_the_mask_matters(model):
    app = open_view("passes", model)
    run, tokenizer = run_of(model, texts(model).short), checkpoint_of(model).tokenizer
    ids = [*run.tokens.ids[1:], *([tokenizer.id_of("[EOS]")] if run.source else [])]
    expected = factorise(run.trace.logits[: len(ids)], ids)
    *rows, total = table(app, "pairs")
    assert [row[1][1] for row in rows] == ids
    for column in (2, 3):
        np.testing.assert_allclose([row[column] for row in rows], expected.p, rtol=0, atol=1e-5)
        assert total[column] == pytest.approx(expected.total_log_p, abs=1e-4)
    assert "largest difference" in said(app) and " ms" in said(app)
    app.toggle(key="unmask").set_value(True).run()
    assert not app.exception
    assert "is **exactly 0**" in said(app)
    *rows, _ = table(app, "pairs")
    np.testing.assert_allclose([row[2] for row in rows], expected.p, rtol=0, atol=1e-5)
    assert any(row[2] != row[3] for row in rows)
    _, maps = component(app, "mask_maps")
    assert not np.triu(maps["m0"], 1).any() and np.triu(maps["m1"], 1).any()
    assert np.array_equal(maps["m0"], run.attention("decoder", 0).weights[0])


def test_one_vector_beside_all_of_the_source():
    source = "A boy in a red shirt and a girl in a blue dress are playing with a green ball."
    app = open_view("vector", TRANSLATOR, source=source)
    narrow = f"{TRANSLATOR}-bottleneck"
    run, tokenizer = run_of(TRANSLATOR, source), checkpoint_of(TRANSLATOR).tokenizer
    ids = [*run.tokens.ids[1:], tokenizer.id_of("[EOS]")]
    logs = [alone(model, list(run.tokens.ids), ids, list(run.source.ids)) for model in (TRANSLATOR, narrow)]
    *rows, total = table(app, "vector_factors")
    np.testing.assert_allclose(total[2:4], logs, rtol=0, atol=1e-4)
    assert sum(row[4] for row in rows) == pytest.approx(logs[1] - logs[0], abs=1e-4)
    written = table(app, "vector_written")
    own = [tokenizer.decode(run_of(name, source).tokens.ids) for name in (TRANSLATOR, narrow)]
    assert [row[1] for row in written] == own
    np.testing.assert_allclose(written[0][2:], logs, rtol=0, atol=1e-4)
    figure = component(app, "bleu_by_length")["figure"]
    for line, name in zip(figure["data"], (TRANSLATOR, narrow), strict=True):
        assert line["y"] == [bucket.bleu for bucket in read_by_length(MODELS[name].folder)[0].buckets]
    other = open_view("vector", narrow, source=source)
    assert table(other, "vector_factors")[-1][2] > table(other, "vector_factors")[-1][3] - 10


@pytest.mark.parametrize("model", ["translator-en-fr", TOY_PAIR])
def test_without_a_twin_the_pair_that_there_is_is_offered(model):
    app = open_view("vector", model)
    assert f"no one-vector twin of {model}" in said(app)
    app.button(key="choose_pair").click().run()
    assert app.session_state["model"] == TRANSLATOR
    assert table(app, "vector_factors")


def test_the_name_of_an_untrained_model_is_no_markup():
    name = f"untrained~{TRANSLATOR}~n_heads=1~3"
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["model"], app.query_params["view"] = name, "vector"
    shown = app.switch_page("explorer/pages/factorisation.py").run().info[0].value
    assert f"no one-vector twin of {literal(name)}," in shown and r"\~" in shown


def test_missing_and_damaged_figures_are_a_sentence(tmp_path, monkeypatch):
    for name in (TRANSLATOR, f"{TRANSLATOR}-bottleneck"):
        shutil.copytree(PRETRAINED / name, tmp_path / name)
    (tmp_path / TRANSLATOR / "evaluation.json").unlink()
    (tmp_path / f"{TRANSLATOR}-bottleneck" / "evaluation.json").write_text("{")
    monkeypatch.setenv("EXPLORER_PRETRAINED", str(tmp_path))
    words = said(open_view("vector", TRANSLATOR))
    assert f"How the quality of {TRANSLATOR} depends on the length of the source was not measured" in words
    assert "is not JSON" in words


@pytest.mark.parametrize("model", [TOY_GPT, TOY_PAIR])
def test_all_texts_together_have_probability_1(model):
    app = open_view("distribution", model, {"longest": "5"})
    rows = table(app, "mass_table")
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5]
    assert [row[2] for row in rows] == [9**n for n in range(1, 6)]
    for row in rows:
        assert sum(row[3:6]) == pytest.approx(1, abs=1e-12)
        assert row[6] - 1 == pytest.approx(row[7], abs=1e-15)
    assert "Together **1.000000000000**" in said(app)
    best = table(app, "best_texts")
    assert [row[2] for row in best] == sorted((row[2] for row in best), reverse=True)
    assert all(row[0].endswith("[EOS]") for row in best)


def test_a_berts_products_do_not_add_up_to_1():
    rows = table(open_view("distribution", TOY_BERT, {"longest": "4"}), "product_table")
    assert rows[0][1] == pytest.approx(1, abs=1e-12)
    assert rows[3][1] > 2


def test_a_large_vocabulary_is_counted_and_a_toy_offered():
    app = open_view("distribution", TRANSLATOR)
    n = len(run_of(TRANSLATOR, texts(TRANSLATOR).short).tokens)
    assert f"{6000**n:,}" in said(app)
    app.button(key="take_toy").click().run()
    assert not app.exception
    assert app.session_state["model"] == TOY_PAIR
    assert table(app, "mass_table")


def test_a_number_too_long_to_read_is_counted():
    app = open_view("distribution", GPT, text="a dog " * 20)
    n, vocab_size = len(run_of(GPT, "a dog " * 20).tokens), MODELS[GPT].config.vocab_size
    assert f"a number of {len(str(vocab_size**n))} digits" in said(app)


def test_a_search_finds_three_different_texts_and_goes_on():
    app = open_view("distribution", TOY_GPT)
    app.button(key="_search").click().run()
    assert "Searched: 1 of the 585 prompts" in said(app)
    rows = table(app, "disagreement")
    assert len({row[1] for row in rows}) == 3
    assert rows[2][3] > max(rows[0][3], rows[1][3]) + 1e-3
    app.button(key="_search").click().run()
    assert "Searched: 5 of the 585 prompts" in said(app)
    app.segmented_control(key="width").set_value(3).run()
    assert "Searched" not in said(app)


@pytest.mark.parametrize("view", ["candidates", "passes", "vector", "distribution"])
@pytest.mark.parametrize("model", [TRANSLATOR, TOY_GPT, BERT])
def test_nonsense_in_the_url_falls_back(view, model):
    query = dict.fromkeys(("compare", "longest", "width", "ends", "unmask", "nothing"), "<b>999</b>")
    app = open_view(view, model, {**query, "candidates": "![x](http://x.example/y.png)\n$x$ **b**"})
    assert not app.error
    assert "http://" not in " ".join(text.value for text in app.markdown)
