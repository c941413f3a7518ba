"""`add` and `remove`, and that every command takes what was added by its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from explorer.cli import app
from explorer.hub import added
from tests.cli.commands import json_lines, one_sentence
from tests.hub.fake_hub import fake_hub
from tests.hub.whole import whole_model

pytestmark = pytest.mark.timeout(300)
GPT2, BERT, MARIAN = "folder:gpt2", "folder:bert-base", "folder:mine/opus-mt-en-de"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("EXPLORER_DEVICE", "cpu")
    monkeypatch.delenv("EXPLORER_ADD_MODELS", raising=False)
    for folder, family in (("gpt2", "gpt2"), ("bert-base", "bert"), ("mine/opus-mt-en-de", "marian")):
        whole_model(tmp_path / "models" / folder, family)
    return tmp_path / "models"


def call(*arguments: object, lines: str = ""):
    result = CliRunner().invoke(app, list(map(str, arguments)), input=lines)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize("written", ["gpt2", "folder:gpt2", "{models}/gpt2"])
def test_a_folder_is_added_however_it_is_written(models: Path, written: str) -> None:
    result = call("add", written.format(models=models))
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("folder:gpt2 is here: ") and result.stdout.endswith("decoder.\n")
    assert [model.name for model in added.added()] == [GPT2]


def test_every_command_takes_it(models: Path, tmp_path: Path) -> None:
    for folder in ("gpt2", "bert-base", "mine/opus-mt-en-de"):
        assert call("add", folder).exit_code == 0
    listed = {line.split()[0]: line.split()[1:] for line in call("models").stdout.splitlines()}
    assert {GPT2, BERT, MARIAN} < set(listed)
    assert listed[GPT2][0] == "decoder"
    assert int(listed[GPT2][1].replace(",", "")) > 0
    assert call("params", "--model", GPT2).stdout.splitlines()[0] == GPT2
    out = tmp_path / "trace.npz"
    assert call("trace", "--model", GPT2, "--text", "Seven boats", "--out", out).exit_code == 0
    with np.load(out) as file:
        assert file["logits"].shape[0] == len(file["tokens.ids"])
    (answer,) = json_lines(call("score", "--model", GPT2, "--json", lines="Seven boats\n"))
    assert answer["line"] == 1
    for command, name, text in (
        ("fill", BERT, "Seven [MASK] came."),
        ("generate", GPT2, "Seven boats"),
        ("translate", MARIAN, "Seven boats."),
    ):
        assert len(json_lines(call(command, "--model", name, "--json", lines=f"{text}\n"))) == 1


def test_who_cannot_do_it_is_told_who_can(models: Path) -> None:
    call("add", "mine/opus-mt-en-de")
    call("add", "gpt2")
    assert MARIAN in one_sentence(call("translate", "--model", GPT2, lines="x\n"))


def test_names_that_there_are_not(models: Path) -> None:
    call("add", "gpt2")
    said = one_sentence(call("params", "--model", "folder:gtp2"))
    assert "There is no model 'folder:gtp2'" in said and said.endswith("Did you mean folder:gpt2?")
    assert "There is no added model 'nothing'" in one_sentence(call("remove", "nothing"))


def test_removing_leaves_the_folder(models: Path) -> None:
    call("add", "gpt2")
    assert call("remove", GPT2, "--delete").stdout == "folder:gpt2 is off the list.\n"
    assert added.added() == []
    assert (models / "gpt2" / "config.json").is_file()


def test_a_folder_elsewhere_is_refused(models: Path, tmp_path: Path) -> None:
    whole_model(tmp_path / "elsewhere", "gpt2")
    assert "Only folders inside models can be opened" in one_sentence(call("add", tmp_path / "elsewhere"))


def test_from_the_hub_and_its_download_deleted(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = added.download
    with fake_hub() as hub:
        monkeypatch.setattr(added, "download", lambda *names, **more: ask(*names, **{**more, "endpoint": hub.endpoint}))
        hub.add("a/gpt2", {path.name: path.read_bytes() for path in (models / "gpt2").iterdir()})
        assert call("add", "a/gpt2").stdout.startswith("a/gpt2 is here: ")
        assert "There is no model a/other on the Hugging Face hub" in one_sentence(call("add", "a/other"))
    assert list((tmp_path / "cache").rglob("model.safetensors"))
    assert call("generate", "--model", "a/gpt2", lines="Seven boats\n").exit_code == 0
    assert call("remove", "a/gpt2", "--delete").exit_code == 0
    assert not list((tmp_path / "cache").rglob("model.safetensors"))


def test_switched_off(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("add", "gpt2")
    monkeypatch.setenv("EXPLORER_ADD_MODELS", "off")
    for arguments in (("add", "bert-base"), ("add", "a/b"), ("remove", GPT2)):
        assert "switched off" in one_sentence(call(*arguments))
    assert GPT2 in call("models").stdout
