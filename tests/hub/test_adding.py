"""What is added can be opened: refused by its config before it is downloaded, by its files after that, or its size."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from explorer.hub import added
from explorer.hub.adding import add_folder, add_from_hub, check_config
from explorer.hub.models import open_any
from explorer.model.catalogue import CheckpointError
from tests.hub.fake_hub import FakeHub
from tests.hub.models import CLASSES
from tests.hub.whole import whole_model

pytestmark = [pytest.mark.usefixtures("own_folders", "only_this_computer"), pytest.mark.timeout(300)]


@pytest.fixture
def at_hub(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    """The hub on this computer is the one that is asked."""
    ask = added.download
    monkeypatch.setattr(added, "download", lambda *names, **more: ask(*names, **{**more, "endpoint": hub.endpoint}))
    return hub


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def changed_config(folder: Path, **values: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | values), encoding="utf-8")


def refused(call: object) -> str:
    with pytest.raises(CheckpointError) as error:
        call()
    assert "\n" not in str(error.value)
    assert added.read_added() == ([], [])
    return str(error.value)


@pytest.mark.parametrize("family", CLASSES)
def test_a_model_of_every_family_is_added_and_opened(models: Path, family: str) -> None:
    whole_model(models / "mine" / family, family)
    entry = add_folder(f"mine/{family}")
    assert (entry.name, entry.family) == (f"folder:mine/{family}", family)
    assert [model.name for model in added.added()] == [entry.name]
    checkpoint = open_any(entry)
    assert checkpoint.model.n_parameters() == entry.about.n_parameters


@pytest.mark.parametrize("family", CLASSES)
def test_a_config_alone_is_refused_for_what_it_says(models: Path, family: str) -> None:
    folder = whole_model(models / family, family)
    values = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    check_config(values)
    with pytest.raises(CheckpointError, match=r"Its config\.json: unheard_of='yes' is not supported"):
        check_config({**values, "unheard_of": "yes"})


@pytest.mark.parametrize("said", [{}, {"model_type": "llama"}, {"model_type": None}, {"model_type": ["gpt2"]}])
def test_a_config_of_no_known_family(said: dict) -> None:
    with pytest.raises(CheckpointError, match=r"says model_type=.*; the explorer opens gpt2, bert, "):
        check_config(said)


def test_configs_that_only_the_tensors_can_tell() -> None:
    check_config({"model_type": "torch.nn.Transformer", "nhead": 2})
    check_config({"about": {}, "transformer": {}})


def test_what_cannot_be_opened_is_not_fetched(at_hub: FakeHub, tmp_path: Path) -> None:
    folder = whole_model(tmp_path / "gpt2", "gpt2")
    changed_config(folder, scale_attn_by_inverse_layer_idx=True)
    at_hub.add("a/b", files_of(folder))
    assert "scale_attn_by_inverse_layer_idx" in refused(lambda: add_from_hub("a/b"))
    assert "model.safetensors" not in at_hub.fetched()


def test_what_does_not_fit_into_the_memory_is_not_fetched(
    at_hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_hub.add("a/b", files_of(whole_model(tmp_path / "gpt2", "gpt2")))
    monkeypatch.setenv("EXPLORER_MEMORY", "5 kB")
    assert "and 5 kB are free here" in refused(lambda: add_from_hub("a/b"))
    assert "model.safetensors" not in at_hub.fetched()
    monkeypatch.delenv("EXPLORER_MEMORY")
    assert add_from_hub("a/b").name == "a/b"


@pytest.mark.parametrize(
    ("missing", "words"),
    [("h.0.mlp.c_fc.weight", "lacks the tensor"), ("tokenizer.json", "has neither tokenizer.json nor")],
)
@pytest.mark.parametrize("where", ["folder", "hub"])
def test_what_turns_out_broken_is_not_on_the_list(
    at_hub: FakeHub, models: Path, missing: str, words: str, where: str
) -> None:
    folder = whole_model(models / "gpt2", "gpt2")
    if missing.endswith(".json"):
        (folder / missing).unlink()
    else:
        tensors = load_file(folder / "model.safetensors")
        save_file({name: t for name, t in tensors.items() if missing not in name}, folder / "model.safetensors")
    at_hub.add("a/b", files_of(folder))
    problem = refused((lambda: add_folder("gpt2")) if where == "folder" else (lambda: add_from_hub("a/b")))
    assert words in problem
    assert problem.startswith("models/gpt2" if where == "folder" else "a/b") or "/models/gpt2 " in problem


def test_switched_off(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole_model(models / "gpt2", "gpt2")
    monkeypatch.setenv("EXPLORER_ADD_MODELS", "off")
    assert "switched off" in refused(lambda: add_folder("gpt2"))
    assert "switched off" in refused(lambda: add_from_hub("a/b"))
