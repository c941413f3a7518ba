"""Models from elsewhere whose words are not ours: a RoBERTa, whose mask is <mask>, and a T5, which writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.ui import added_models
from tests.hub.whole import whole_model

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(300)
TEXT, PLAIN = "A <mask> dog.", "A dog."
VIEWS = [("attention_heads", {}), ("attention_steps", {}), ("forward_pass", {"view": "stream"})]
VIEWS += [("factorisation", {"view": view}) for view in ("ledger", "candidates")]
VIEWS += [("decoding", {"view": view}) for view in ("filters", "tokens")]
VIEWS += [("break_it", {"view": view}) for view in ("switches", "edit")]
VIEWS += [("positions", {"view": "model"}), ("compare", {"view": "machines"}), ("compare", {"view": "heads"})]


@pytest.fixture(autouse=True)
def _added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder with both, as explorer.hub.added would leave it."""
    for name in ("roberta", "t5"):
        whole_model(tmp_path / name, name)
    entries = [{"name": f"folder:{name}", "source": "folder", "folder": name, "bytes": 7} for name in ("roberta", "t5")]
    (tmp_path / "added.json").write_text(json.dumps({"models": entries}))
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path))
    added_models.forget_added("")
    yield
    monkeypatch.undo()
    added_models.forget_added("")


def open_page(page: str, name: str, text: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["model"] = f"folder:{name}"
    app.session_state["source" if name == "t5" else "text"] = text
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"explorer/pages/{page}.py").run()
    assert not app.exception and not app.error, (app.exception, app.error)
    assert page == "compare" or not app.warning, app.warning  # there other machines read the text too
    return app


def said(app: AppTest) -> str:
    shown = (*app.markdown, *app.caption, *app.info, *app.warning, *app.subheader)
    return "\n".join([*(each.value for each in shown), *(each.proto.json for each in app.get("bidi_component"))])


@pytest.mark.parametrize(("page", "query"), [("home", {}), *VIEWS])
def test_no_page_calls_a_robertas_mask_by_another_name(page, query):
    assert "[MASK]" not in said(open_page(page, "roberta", TEXT, **query))


def test_home_asks_for_what_stands_in_a_robertas_gap():
    app = open_page("home", "roberta", TEXT)
    assert '"<mask>"' in said(app) and not app.info
    assert "Write `<mask>` in place of a word" in open_page("home", "roberta", PLAIN).info[0].value


def test_what_is_chosen_first_is_the_gap():
    mask = open_page("attention_heads", "roberta", TEXT).selectbox(key="query")
    assert mask.format_func(mask.value).endswith("<mask>")
    for page, query in (("attention_steps", {}), ("break_it", {"view": "edit"})):
        box = open_page(page, "roberta", TEXT, **query).selectbox(key="query")
        assert box.format_func(box.value).endswith("<mask>")


def test_a_robertas_gap_is_filled_by_candidates():
    app = open_page("factorisation", "roberta", TEXT, view="candidates")
    assert [each.label for each in app.text_area if "Fillings" in each.label] and app.text_area(key="candidates").value
    app.text_area(key="candidates").set_value("dog\ncat").run()
    assert not app.exception and not app.warning


def test_a_t5_writes_and_is_no_translator():
    home = open_page("home", "t5", PLAIN)
    assert "It writes" in said(home) and "It translates" not in said(home)
    for page, query in (("break_it", {"view": "switches"}), ("positions", {"view": "model"})):
        shown = said(open_page(page, "t5", PLAIN, **query))
        assert "It writes" in shown and "It translates" not in shown


def test_a_t5_among_the_three_machines():
    shown = said(open_page("compare", "t5", PLAIN, view="machines"))
    assert "**It writes**" in shown and "**Can** write a text for a text" in shown and "**Can** translate" not in shown


def test_home_draws_no_more_factors_than_there_is_room_for():
    app = open_page("home", "t5", PLAIN)
    app.session_state["target"] = "A dog and a cat. " * 3
    app.run()
    (bars,) = [each.proto for each in app.get("bidi_component") if each.proto.id.endswith("-translation")]
    assert len(json.loads(bars.json)["groups"][0]["bars"]) == 20 and "The first 20 of" in said(app)


def test_candidates_begin_with_something_to_compare():
    app = open_page("factorisation", "t5", PLAIN, view="candidates")
    assert len(app.text_area(key="candidates").value.splitlines()) == 2 and not app.warning


def test_quality_by_length_is_said_to_be_unmeasured_without_a_path():
    (_, quality) = (each.value for each in open_page("factorisation", "t5", PLAIN, view="vector").info)
    assert (
        "was not measured" in quality and "evaluation" not in quality and "/" not in quality and ".json" not in quality
    )


def test_published_figures_are_those_of_the_explorers_own_models():
    app = open_page("parameters", "t5", PLAIN, view="Published models")
    assert "| gpt\\-captions |" in said(app) and "t5" not in said(app).partition("bundled models")[2].partition("##")[0]
