"""Home: the figure has the model's own sizes, and what it says is what the model computed."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from explorer.model.catalogue import pretrained_folder
from explorer.model.config import ARCHITECTURES
from explorer.ui.navigation import PAGES, page_path
from tests.bundled import MODELS, checkpoint_of, first, run_of, text_key, texts, units
from tests.pages.drawn import components

BAD_TEXTS = {
    "empty": "",
    "spaces": "   \n\t ",
    "emoji": "😀👩‍👩‍👧‍👦 🏳️‍🌈",
    "chinese": "一只狗在雪地里奔跑。",
    "control characters": "a\x00b\x07\u202ec",
    "markdown": "# $x$ **bold** <b>html</b> [link](https://example.org)",
    "long": "word " * 20_000,
    "too many tokens": "",  # in the words of each model
}


def probabilities(row: np.ndarray) -> np.ndarray:
    exponentials = np.exp(row.astype(np.float64))
    return exponentials / exponentials.sum()


@pytest.mark.parametrize("name", MODELS)
def test_every_model_opens(open_app, component_data, name: str) -> None:
    app = open_app(model=name)
    assert not app.exception and not app.error and not app.warning
    assert app.title[0].value == "Transformer Explorer"
    config = MODELS[name].config
    repeats = [stack["repeat"] for stack in component_data(app, "figure_one")["stacks"]]
    assert repeats == [n for n in (config.n_encoder_layers, config.n_decoder_layers) if n]


@pytest.mark.parametrize("name", [n for n, entry in MODELS.items() if entry.config.architecture == "decoder"])
def test_next_tokens_are_the_models(open_app, component_data, name: str) -> None:
    bars = component_data(open_app(model=name, text=texts(name).repeated), "next_token")["groups"][0]["bars"]
    expected = probabilities(run_of(name, texts(name).repeated).trace.logits[-1])
    assert [bar["token_id"] for bar in bars] == np.argsort(-expected)[:5].tolist()
    np.testing.assert_allclose([bar["probability"] for bar in bars], np.sort(expected)[::-1][:5], rtol=1e-6)


@pytest.mark.parametrize("name", [n for n, entry in MODELS.items() if entry.config.architecture == "encoder"])
def test_each_mask_has_its_own_guesses(open_app, component_data, name: str) -> None:
    text = texts(name).masked
    groups = component_data(open_app(model=name, text=text), "masks")["groups"]
    finished = run_of(name, text)
    mask = checkpoint_of(name).tokenizer.id_of("[MASK]")
    positions = [i for i, token in enumerate(finished.tokens.ids) if token == mask]
    assert len(groups) == len(positions) == 2
    for group, position in zip(groups, positions, strict=True):
        expected = probabilities(finished.trace.logits[position])
        shown = [bar["probability"] for bar in group["bars"]]
        np.testing.assert_allclose(shown, np.sort(expected)[::-1][:5], rtol=1e-6)


@pytest.mark.parametrize("name", [n for n, entry in MODELS.items() if entry.config.architecture == "encoder"])
def test_sentence_without_a_mask_is_told_how_to_get_one(open_app, name: str) -> None:
    app = open_app(model=name, text=texts(name).short)
    assert "Write `[MASK]` in place of a word" in app.info[0].value


@pytest.mark.parametrize("name", [n for n, entry in MODELS.items() if entry.config.has_cross_attention])
def test_translation_and_its_probability(open_app, component_data, name: str) -> None:
    source, target = texts(name).short, texts(name).target
    app = open_app(model=name, source=source, target=target)
    finished = run_of(name, source, target)
    eos = checkpoint_of(name).tokenizer.id_of("[EOS]")
    group = component_data(app, "translation")["groups"][0]
    assert group["heading"] == target
    expected = [
        probabilities(row)[token]
        for row, token in zip(finished.trace.logits, (*finished.tokens.ids[1:], eos), strict=True)
    ]
    np.testing.assert_allclose([bar["probability"] for bar in group["bars"]], expected, rtol=1e-6)
    assert any("the target that you typed" in caption.value for caption in app.caption)


# One of each mode, and one of each vocabulary.
READERS = dict.fromkeys(
    [
        *map(first, ARCHITECTURES),
        *(next(name for name in MODELS if units(name) == kind) for kind in ("words", "characters")),
    ]
)


@pytest.mark.parametrize("name", READERS)
def test_bad_text_never_breaks_the_page_and_is_never_lost(open_app, name: str) -> None:
    app = open_app(model=name)
    for what, bad in BAD_TEXTS.items():
        text = texts(name).too_long if what == "too many tokens" else bad
        app.text_area(key=text_key(name)).set_value(text).run()
        assert not app.exception, what
        assert app.text_area(key=text_key(name)).value == text, what
        assert components(app), "the figure needs no text"
        complaints = [warning.value for warning in app.warning]
        if what in NO_COMPLAINT and units(name) == "bytes":
            assert not complaints, what
        else:
            assert len(complaints) == 1 and expected_complaint(name, what) in complaints[0], what
        app.text_area(key=text_key(name)).set_value(texts(name).short).run()
        assert not app.exception and not app.warning, what


NO_COMPLAINT = {"emoji", "chinese", "control characters", "markdown"}  # bytes can say everything


def expected_complaint(name: str, what: str) -> str:
    if what in ("empty", "spaces"):
        return "is empty: type a sentence"
    if what == "long":
        return "has 100,000 characters, and the explorer reads at most 20,000"
    if what == "too many tokens":
        return f"has room for {MODELS[name].config.max_len}"
    return f"is not among the {units(name)} this model knows"


def test_every_link_of_the_contents_leads_to_a_page(open_app) -> None:
    links = {link.proto.page for link in open_app().get("page_link")}
    assert links and links <= {*PAGES, "models"}  # the sidebar leads to the page on which models are added
    assert all(page_path(name).is_file() for name in PAGES)


@pytest.fixture
def own_models(tmp_path, monkeypatch):
    """A folder with copies of all models, which the app uses instead of pretrained."""
    folder = tmp_path / "models"
    shutil.copytree(pretrained_folder(), folder)
    monkeypatch.setenv("EXPLORER_PRETRAINED", str(folder))
    return folder


def test_damaged_config_is_listed_and_the_others_work(open_app, own_models) -> None:
    first, *others = MODELS
    (own_models / first / "config.json").write_text("{ no JSON")
    app = open_app()
    assert not app.exception and not app.error
    assert app.selectbox(key="model").options == others
    assert any("is not JSON" in caption.value for caption in app.sidebar.caption)


def test_damaged_weights_are_one_sentence_and_the_sidebar_stays(open_app, own_models) -> None:
    first, second, *_ = MODELS
    weights = own_models / first / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    app = open_app(model=first)
    assert not app.exception
    assert len(app.error) == 1 and "damaged or cut short" in app.error[0].value
    app.selectbox(key="model").set_value(second).run()
    assert not app.exception and not app.error


def test_missing_field_is_named(open_app, own_models) -> None:
    first = next(iter(MODELS))
    path = own_models / first / "config.json"
    content = json.loads(path.read_text())
    del content["about"]["licence"]
    path.write_text(json.dumps(content))
    assert any("licence" in caption.value for caption in open_app().sidebar.caption)


def test_no_model_at_all_is_one_sentence(open_app, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("EXPLORER_PRETRAINED", str(tmp_path))
    app = open_app()
    assert not app.exception
    assert len(app.error) == 1 and "no model" in app.error[0].value


def test_unknown_device_is_one_sentence(open_app, own_models, monkeypatch) -> None:
    monkeypatch.setenv("EXPLORER_DEVICE", "abacus")
    app = open_app()
    assert not app.exception
    assert len(app.error) == 1 and "EXPLORER_DEVICE='abacus'" in app.error[0].value
