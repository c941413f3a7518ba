"""The page Models and what it leads to: models added from a folder and from the hub, in every picker, and removed."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from explorer.hub.added import added
from explorer.hub.curated import CURATED
from explorer.hub.queue import DownloadQueue
from explorer.model.catalogue import CheckpointError
from explorer.ui import added_models, models_hub, models_progress
from explorer.ui.cache import catalogue
from tests.hub.fake_hub import fake_hub
from tests.hub.whole import whole_model

pytestmark = pytest.mark.timeout(300)
GPT2, BERT = "folder:mine/gpt2", "folder:bert-base-uncased"


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models, an empty cache, and nothing remembered."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path / "models"))
    for name in ("EXPLORER_ADD_MODELS", "EXPLORER_MAX_DOWNLOAD", "EXPLORER_MEMORY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "models").mkdir()
    added_models.forget_added("")
    yield tmp_path / "models"
    monkeypatch.undo()
    added_models.forget_added("")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The hub on this computer, which the page takes for huggingface.co."""
    from huggingface_hub import constants

    with fake_hub() as running:
        monkeypatch.setattr(constants, "ENDPOINT", running.endpoint)
        template = running.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_IMPLICIT_TOKEN", True)
        monkeypatch.setattr(models_progress, "_queue", DownloadQueue(models_progress._add))
        folder = whole_model(tmp_path / "of the hub", "gpt2")
        running.add("openai-community/gpt2", {path.name: path.read_bytes() for path in folder.iterdir()})
        yield running


def write_added(models: Path, *names: str) -> None:
    """What explorer.hub.added would write for folders."""
    entries = [{"name": f"folder:{name}", "source": "folder", "folder": name, "bytes": 7} for name in names]
    (models / "added.json").write_text(json.dumps({"models": entries}))
    added_models.forget_added("")


@pytest.fixture
def two(models: Path) -> Path:
    """A GPT-2 and an attention-only BERT are on the list."""
    whole_model(models / "mine" / "gpt2", "gpt2")
    whole_model(models / "bert-base-uncased", "bert", "BertModel")
    write_added(models, "mine/gpt2", "bert-base-uncased")
    return models


def words(app) -> str:
    return "\n".join(
        element.value
        for kind in ("markdown", "caption", "warning", "error", "success", "info")
        for element in app.get(kind)
    )


def button(app, label: str):
    (found,) = (each for each in app.button if each.label == label)
    return found


def wait_for_downloads() -> None:
    for _ in range(3000):
        if not models_progress._queue.active():
            return
        time.sleep(0.01)
    raise AssertionError("the downloads do not end")


def test_nothing_was_added(open_app, component_data) -> None:
    app = open_app("models")
    assert not app.exception
    assert app.title[0].value == "Models"
    assert "None yet" in words(app)
    assert "comes from huggingface.co" in words(app) and "nothing else in the explorer uses the network" in words(app)
    rows = component_data(app, "curated_table")["rows"]
    assert len(rows) == len(CURATED)
    own = component_data(app, "own_models")["rows"]
    assert len(own) == len(catalogue()[0])


def test_a_folder_is_added_opened_and_removed(open_app, models: Path) -> None:
    whole_model(models / "mine" / "gpt2", "gpt2")
    app = open_app("models", **{"from": "folder"})
    assert app.selectbox(key="folder").options == ["mine/gpt2"]
    button(app, "Add this folder").click().run()
    assert not app.exception and not app.error
    assert [model.name for model in added()] == [GPT2]
    assert r"folder\:mine/gpt2 is here" in words(app)
    n_parameters = catalogue()[0][GPT2].about.n_parameters
    assert f"GPT-2 · 2 layers × 3 heads · {n_parameters:,} parameters" in words(app)
    app.button(key="open_folder").click().run()
    assert app.session_state["model"] == GPT2
    app = open_app("models")
    app.button(key="remove_0").click().run()
    assert [model.name for model in added()] == [GPT2], "it asks first"
    assert "Its folder stays" in words(app)
    button(app, "Remove it").click().run()
    assert added() == []
    assert "None yet" in words(app)
    assert (models / "mine" / "gpt2" / "config.json").is_file()


@pytest.mark.parametrize(
    ("typed", "problem"),
    [("../etc", "Only folders inside models can be opened"), ("nothing", "There is no folder “nothing” inside models")],
)
def test_a_folder_that_may_not_be_opened_is_refused_in_place(open_app, typed: str, problem: str) -> None:
    app = open_app("models", **{"from": "folder"})
    app.text_input(key="folder_path").set_value(typed).run()
    button(app, "Add this folder").click().run()
    assert not app.exception
    assert len(app.error) == 1
    assert problem in app.error[0].value.replace("\\", "")
    assert app.text_input(key="folder_path").value == typed


def test_a_model_that_cannot_be_opened_is_not_added(open_app, models: Path) -> None:
    folder = whole_model(models / "odd", "gpt2")
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"scale_attn_by_inverse_layer_idx": True}))
    app = open_app("models", **{"from": "folder"})
    button(app, "Add this folder").click().run()
    assert "scale_attn_by_inverse_layer_idx" in app.error[0].value.replace("\\", "")
    assert added() == []


def test_a_model_of_the_hub_by_its_name(open_app, hub) -> None:
    app = open_app("models", **{"from": "name"})
    app.text_input(key="hub_name").set_value("openai-community/gpt2").run()
    sizes = {name: len(data) for name, data in hub.repositories["openai-community/gpt2"].commits["a" * 40].items()}
    (download,) = (each for each in app.button if each.key == "download")
    assert download.label.startswith("Download ") and download.label.endswith(" kB from huggingface.co")
    asked = {name for name in sizes if name.endswith((".json", ".txt", ".safetensors"))}
    assert f"{len(asked)} files" in words(app)
    assert float(download.label.split()[1]) == pytest.approx(sum(sizes[name] for name in asked) / 1000, abs=0.6)
    assert hub.fetched() == [], "nothing is fetched before it is asked for"
    download.click().run()
    wait_for_downloads()
    app.run()
    assert not app.exception and not app.error
    assert "openai\\-community/gpt2 is here." in words(app)
    assert [model.name for model in added()] == ["openai-community/gpt2"]
    app.button(key="open_picked").click().run()
    assert app.session_state["model"] == "openai-community/gpt2"


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("nonsense name", "is no name of a model on the hub"),
        ("a/b", "There is no model a/b on the Hugging Face hub"),
        ("![x](http://a.b/c.png)", "is no name of a model on the hub"),
    ],
)
def test_a_name_that_is_none_is_answered_in_place(open_app, hub, typed: str, problem: str) -> None:
    app = open_app("models", **{"from": "name"})
    app.text_input(key="hub_name").set_value(typed).run()
    assert len(app.warning) == 1
    assert problem in app.warning[0].value.replace("\\", "")
    assert "![" not in app.warning[0].value
    assert app.text_input(key="hub_name").value == typed


def test_a_hub_that_cannot_be_reached(open_app, hub) -> None:
    hub.status = 503
    app = open_app("models", **{"from": "name"})
    app.text_input(key="hub_name").set_value("openai-community/gpt2").run()
    assert "cannot answer now" in app.warning[0].value


def test_what_fails_while_it_is_fetched_says_why(open_app, hub) -> None:
    files = hub.repositories["openai-community/gpt2"].commits["a" * 40]
    files["config.json"] = files["config.json"].replace(b'"gpt2"', b'"llama"')
    app = open_app("models", **{"from": "name"})
    app.text_input(key="hub_name").set_value("openai-community/gpt2").run()
    app.button(key="download").click().run()
    wait_for_downloads()
    app.run()
    assert "says model_type='llama'" in app.error[0].value.replace("\\", "")
    assert added() == []
    button(app, "Close").click().run()
    assert not app.error


def test_one_of_the_list_is_fetched(open_app, hub) -> None:
    app = open_app("models")
    app.selectbox(key="curated").set_value("openai-community/gpt2").run()
    app.button(key="download").click().run()
    wait_for_downloads()
    app.run()
    assert [model.name for model in added()] == ["openai-community/gpt2"]
    assert "It is here already." in words(app)


def test_what_is_too_large_is_said_before(open_app, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MEMORY", "300 MB")
    app = open_app("models")
    assert not [each for each in app.button if each.key == "download"]
    assert "328 MB" in app.warning[0].value and "300 MB are free here" in app.warning[0].value
    monkeypatch.setenv("EXPLORER_MEMORY", "40 GB")
    monkeypatch.setenv("EXPLORER_MAX_DOWNLOAD", "100 MB")
    app = open_app("models")
    assert "at most 100 MB may be downloaded here" in app.warning[0].value


def test_switched_off_there_is_no_page_and_no_way_in(open_app, two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_ADD_MODELS", "off")
    app = open_app(model=GPT2)
    assert not app.exception and not app.error
    assert app.selectbox(key="model").value == GPT2, "what was added stays"
    assert not app.sidebar.get("page_link")
    assert "looks it up" not in words(open_app(model="a/b"))
    assert "switched off" in models_progress.begin("a/b")
    with pytest.raises(CheckpointError, match="switched off"):
        models_progress._add("a/b")


def test_added_models_stand_in_the_sidebar_with_their_facts(open_app, two: Path) -> None:
    app = open_app(model=GPT2)
    assert not app.exception and not app.error
    shown = app.selectbox(key="_model").options
    assert "GPT · gpt2" in shown and "BERT · bert-base-uncased" in shown
    modes = [catalogue()[0][name].config.architecture for name in app.selectbox(key="model").options]
    assert modes == sorted(modes, key=["encoder-decoder", "decoder", "encoder"].index)
    facts = "\n".join(caption.value for caption in app.sidebar.caption)
    assert "**GPT-2: decoder only**, 2 layers × 3 heads" in facts
    assert "Licence: see the model's own page" in facts
    assert app.text_area(key="text").value == catalogue()[0][GPT2].about.examples[0].text
    assert app.selectbox(key="_example").options == [e.text for e in catalogue()[0][GPT2].about.examples]
    facts = "\n".join(caption.value for caption in open_app(model=BERT).sidebar.caption)
    assert "attention only, no predictions" in facts


def test_added_models_can_be_compared(open_app, two: Path) -> None:
    app = open_app("compare", gpt=GPT2, bert=BERT)
    assert not app.exception
    assert (app.selectbox(key="gpt").value, app.selectbox(key="bert").value) == (GPT2, BERT)
    assert "GPT · gpt2" in app.selectbox(key="gpt").options


def test_an_address_of_a_model_that_is_not_there_says_where_to_add_it(open_app) -> None:
    def said(model: str) -> str:
        captions = "\n".join(caption.value for caption in open_app(model=model).sidebar.caption)
        return captions[captions.find("The address asks") :].replace("\\", "")

    assert "asks for a model that is not there: showing translator-en-de. It may be one" in said(
        "openai-community/gpt2"
    )
    assert "looks it up" not in said("nonsense")
    assert "looks it up" not in said("folder:nothing")


def test_a_chosen_model_that_somebody_removes_gives_way(open_app, two: Path) -> None:
    app = open_app("attention_heads", model=GPT2)
    write_added(two, "bert-base-uncased")
    app.selectbox(key="head").set_value(2).run()
    assert not app.exception
    assert app.session_state["model"] != GPT2


def test_damaged_after_it_was_added_it_can_still_be_removed(open_app, two: Path) -> None:
    (two / "bert-base-uncased" / "config.json").write_text("{")
    added_models.forget_added("")
    app = open_app("models")
    assert not app.exception
    assert "it cannot be opened any more" in words(app)
    assert "is not JSON" in "".join(each.value for each in app.warning)
    app.button(key="remove_1").click().run()
    button(app, "Remove it").click().run()
    assert [model.name for model in added()] == [GPT2]


def test_every_curated_name_can_be_picked(open_app) -> None:
    app = open_app("models")
    options = app.selectbox(key="curated").options
    assert len(set(options)) == len(CURATED) == len(models_hub.BY_NAME)
