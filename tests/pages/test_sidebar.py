"""The sidebar without a browser: whatever the address asks for, the app opens with something valid and says so."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from explorer.ui.cache import catalogue
from explorer.ui.literal import literal
from explorer.ui.model_picker import model_words
from explorer.ui.navigation import PAGES
from tests.bundled import text_key, units
from tests.pages.conftest import ROOT

MODELS = catalogue()[0]
FIRST = next(iter(MODELS))
PAIR = next(name for name, entry in MODELS.items() if entry.config.has_cross_attention)
GPT = next(name for name, entry in MODELS.items() if entry.config.architecture == "decoder")
BERT = next(name for name, entry in MODELS.items() if entry.config.architecture == "encoder")


def captions(app) -> str:
    return "\n".join(caption.value for caption in app.sidebar.caption)


@pytest.mark.parametrize("name", MODELS)
def test_facts_of_the_model_stand_under_its_name(open_app, name) -> None:
    entry = MODELS[name]
    shown = captions(open_app(model=name))
    assert f"{entry.about.n_parameters:,} parameters" in shown
    assert rf"d\_model = {entry.config.d_model}" in shown
    assert f"× {entry.config.n_heads} heads" in shown
    assert entry.about.licence in shown
    for figure in entry.about.figures:
        assert f"{figure.name}: **{figure.value}**" in shown
    assert "Runs on: " in shown


def test_what_was_measured_is_one_hover_away(open_app) -> None:
    name = next(name for name, entry in MODELS.items() if len(entry.about.figures) > 1)
    (facts,) = (caption for caption in open_app(model=name).sidebar.caption if "parameters" in caption.value)
    assert all(f"{figure.name}: {figure.of}" in facts.help for figure in MODELS[name].about.figures)


def test_models_are_grouped_by_mode(open_app) -> None:
    app = open_app()
    modes = [MODELS[name].config.architecture for name in app.selectbox(key="model").options]
    order = ["encoder-decoder", "decoder", "encoder"]
    assert modes == sorted(modes, key=order.index) and set(modes) == set(order)
    groups = {"encoder-decoder": "Translator · ", "decoder": "GPT · ", "encoder": "BERT · "}
    shown = app.selectbox(key="_model").options
    assert len(set(shown)) == len(shown)
    for words, mode in zip(shown, modes, strict=True):
        assert words.startswith(groups[mode])


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["gpt-captions"], ["GPT · captions"]),
        (["classroom-tiny-gpt"], ["GPT · classroom-tiny"]),
        (["gptx-egpt"], ["GPT · gptx-egpt"]),
        (["gpt"], ["GPT · gpt"]),
        (["gpt-a-gpt-b"], ["GPT · a-b"]),
        (["a-gpt", "gpt-a", "gpt-b"], ["GPT · a-gpt", "GPT · gpt-a", "GPT · b"]),
    ],
)
def test_a_models_words_do_not_repeat_its_group(names, words) -> None:
    assert model_words(dict.fromkeys(names, MODELS[GPT])) == dict(zip(names, words, strict=True))


def test_choosing_by_words_writes_the_plain_name(open_app) -> None:
    app = open_app()
    app.selectbox(key="_model").set_value(GPT).run()
    assert app.session_state["model"] == app.selectbox(key="model").value == GPT
    assert app.query_params["model"] == GPT
    assert app.text_area(key="text").value == MODELS[GPT].about.examples[0].text


def test_choosing_attention_by_words_writes_the_plain_kind(open_app) -> None:
    app = open_app(model=PAIR, kind="decoder")
    shown = app.selectbox(key="_kind")
    assert shown.options == ["Encoder self-attention", "Masked self-attention", "Cross-attention"]
    assert shown.value == "decoder"
    shown.set_value("cross").run()
    assert app.session_state["kind"] == app.selectbox(key="kind").value == "cross"
    assert app.query_params["kind"] == "cross"


@pytest.mark.parametrize("wrong", ["99", "0", "-1", "abc", "1.0", "", "1e1", "２", "<b>"])
def test_number_that_is_not_there_falls_back_with_a_sentence(open_app, wrong) -> None:
    app = open_app(model=GPT, layer=wrong, head=wrong)
    assert not app.exception
    for key in ("layer", "head"):
        assert app.selectbox(key=key).value == 1
        assert f"The address asks for a {key} that is not there: showing 1." in captions(app)


def test_valid_address_is_followed_without_a_word(open_app) -> None:
    app = open_app(model=PAIR, kind="cross", layer="2", head="3", source="Two dogs.", target="Zwei Hunde.")
    assert not app.exception
    assert app.selectbox(key="kind").value == "cross"
    assert (app.selectbox(key="layer").value, app.selectbox(key="head").value) == (2, 3)
    assert (app.text_area(key="source").value, app.text_area(key="target").value) == ("Two dogs.", "Zwei Hunde.")
    assert "The address asks" not in captions(app)


def test_unknown_model_falls_back_with_a_sentence(open_app) -> None:
    app = open_app(model="nonsense")
    assert app.selectbox(key="model").value == FIRST
    assert f"The address asks for a model that is not there: showing {FIRST}." in captions(app)


@pytest.mark.parametrize("name", [GPT, BERT])
def test_kind_of_another_architecture_falls_back_with_a_sentence(open_app, name) -> None:
    app = open_app(model=name, kind="cross")
    assert not app.exception
    assert "This model has one kind of attention" in captions(app)


def test_nonsense_kind_falls_back_with_a_sentence(open_app) -> None:
    app = open_app(model=PAIR, kind="sideways")
    assert app.selectbox(key="kind").value == "encoder"
    assert "asks for a kind of attention that is not there: showing encoder self-attention." in captions(app)


OF_OTHER_PAGES = {"step": "99", "query": "-1", "key": "abc", "view": "nothing", "unheard": "of"}
CRAFTED = [
    {"model": GPT, "text": "\x00\ud7ff"},
    {"model": GPT, "text": ""},
    {"model": BERT, "text": "[MASK]" * 50},
    {"source": "x" * 30_000},
    {"_typed": "1", "_last_model": "2", "_example": "3", "_restore_url": "4"},
    OF_OTHER_PAGES,
]


@pytest.mark.parametrize(
    ("page", "query"),
    [*(("home", query) for query in CRAFTED), *((name, OF_OTHER_PAGES) for name in PAGES if name != "home")],
)
def test_crafted_address_gives_no_traceback(open_app, page, query) -> None:
    app = open_app(page, **query)
    assert not app.exception
    assert app.selectbox(key="model").value in MODELS


def test_layer_that_the_next_model_does_not_have_is_replaced(open_app) -> None:
    deep, flat = sorted((GPT, BERT), key=lambda name: -len(open_app(model=name).selectbox(key="layer").options))
    app = open_app(model=deep)
    last = int(app.selectbox(key="layer").options[-1])
    app.selectbox(key="layer").set_value(last).run()
    app.selectbox(key="_model").set_value(flat).run()
    assert not app.exception
    assert str(app.selectbox(key="layer").value) in app.selectbox(key="layer").options


def test_typed_text_of_each_mode_survives_other_modes(open_app) -> None:
    app = open_app(model=GPT)
    app.text_area(key="text").set_value("A cat and").run()
    app.selectbox(key="_model").set_value(BERT).run()
    assert "[MASK]" in app.text_area(key="text").value
    app.text_area(key="text").set_value("A [MASK] and a cat.").run()
    app.selectbox(key="_model").set_value(PAIR).run()
    app.text_area(key="source").set_value("Two cats sleep.").run()
    app.selectbox(key="_model").set_value(GPT).run()
    assert app.text_area(key="text").value == "A cat and"
    app.selectbox(key="_model").set_value(BERT).run()
    assert app.text_area(key="text").value == "A [MASK] and a cat."
    app.selectbox(key="_model").set_value(PAIR).run()
    assert app.text_area(key="source").value == "Two cats sleep."
    assert not app.exception


def test_example_fills_the_text_and_leaves_the_picker_empty(open_app) -> None:
    app = open_app(model=PAIR, target="Zwei Hunde.")
    example = MODELS[PAIR].about.examples[1].text
    app.selectbox(key="_example").set_value(example).run()
    assert app.text_area(key="source").value == example
    assert app.text_area(key="target").value == "", "the old target does not belong to the new source"
    assert app.selectbox(key="_example").value is None


HINT = "it hardly knows"
UNLIKE = {
    "Chinese": ("今天天气很好，我们去公园散步。", "` 今天天气很好，我们去公园散步 `"),
    "legal": (
        "The lessee shall indemnify the lessor against liabilities arising hereunder.",
        r"` lessee `, ` indemnify `, ` lessor ` and \d more words",
    ),
    "one": ("Quorum!", "` Quorum `"),
    "two": ("A lessee and a lessor.", "` lessee ` and ` lessor `"),
    "formula": ("$x^2+y^2$ Kafka``:smile:", re.escape("` x^2+y^2 ` and ``` Kafka``:smile ```")),
}
READERS = [name for name in MODELS if units(name) == "bytes"]


def hint(app) -> str:
    found = [caption.value for caption in app.sidebar.caption if HINT in caption.value]
    assert len(found) <= 1
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("name", "what"), [*((GPT, what) for what in UNLIKE), *((name, "legal") for name in READERS if name != GPT)]
)
def test_text_of_another_world_is_met_with_a_gentle_sentence(open_app, name, what) -> None:
    text, words = UNLIKE[what]
    app = open_app(model=name, **{text_key(name): text})
    assert not app.exception
    reads = re.escape(literal(MODELS[name].about.reads))
    expected = rf"This model has read {reads}: it hardly knows {words}, so expect odd guesses\. It still runs\."
    assert re.fullmatch(expected, hint(app))


@pytest.mark.parametrize("name", MODELS)
def test_a_models_own_world_is_met_without_a_word(open_app, name) -> None:
    for example in MODELS[name].about.examples:
        assert not hint(open_app(model=name, **{text_key(name): example.text}))


@pytest.mark.parametrize("name", [name for name in MODELS if name not in READERS])
def test_a_vocabulary_of_words_or_characters_says_by_itself_what_it_cannot_read(open_app, name) -> None:
    app = open_app(model=name, **{text_key(name): UNLIKE["Chinese"][0]})
    assert not hint(app)
    assert len(app.warning) == 1


def test_target_counts_too(open_app) -> None:
    source = MODELS[PAIR].about.examples[0].text
    assert "` Quorum `" in hint(open_app(model=PAIR, source="A lessor.", target="Ein Quorum."))
    assert not hint(open_app(model=PAIR, source=source, target="Ein Hund."))


def test_the_hint_needs_no_torch() -> None:
    code = (
        "import sys\nfrom explorer.ui import controls\n"
        f"controls.show_domain_hint(controls.catalogue()[0][{GPT!r}], 'Quorum')\n"
        "print('tokenizers' in sys.modules, 'torch' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == "True False\n"
