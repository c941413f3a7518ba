"""What a visitor may type for a folder, and that nothing else of the disk can be opened or told of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.hub.folders import candidates, relative_name, require_inside, resolve
from explorer.model.catalogue import CheckpointError
from tests.hub.checkpoints import write_model

pytestmark = pytest.mark.usefixtures("own_folders")
OUTSIDE = "Only folders inside models can be opened: copy the model there, or set EXPLORER_MODELS."


def refused(typed: object) -> str:
    """The sentence, which tells of the server no more than the folder's name."""
    with pytest.raises(CheckpointError) as error:
        resolve(typed)
    text = str(error.value)
    assert "\n" not in text
    assert len(text) < 300
    root = os.environ["EXPLORER_MODELS"]
    assert root not in text.replace(str(typed), "")
    return text


@pytest.mark.parametrize(
    "typed", ["gpt2", " gpt2 ", "gpt2/", "./gpt2", "models/gpt2", "ABSOLUTE/gpt2", "openai/../gpt2"]
)
def test_folders_inside_are_opened(models: Path, typed: str) -> None:
    write_model(models / "gpt2")
    write_model(models / "openai" / "x")
    if ".." in typed:
        assert refused(typed) == OUTSIDE
    else:
        assert resolve(typed.replace("ABSOLUTE", str(models))) == models / "gpt2"
    assert relative_name(resolve("openai/x")) == "openai/x"


@pytest.mark.parametrize(
    "typed",
    [
        *("..", "../models2", "../..", "gpt2/../../x", "/", "/etc", "/etc/passwd", "/proc/self/root"),
        *("/nowhere/at/all", "//etc", "/dev/zero", "../" * 300),
    ],
)
def test_what_lies_outside_is_refused_alike_whether_it_exists(models: Path, typed: str) -> None:
    write_model(models / "gpt2")
    write_model(models.parent / "models2")
    assert refused(typed) == OUTSIDE


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Type the name of a folder inside models."),
        ("   ", "Type the name of a folder inside models."),
        (None, "Type the name of a folder inside models."),
        (7, "Type the name of a folder inside models."),
        ("a" * 100_000, "A path has at most 1,000 characters; this one has 100,000."),
        ("a" * 999, "cannot be opened as a folder inside models."),
        ("gpt\0two", "“gpt�two” holds a sign that no folder's name has."),
        ("gpt\ntwo", "holds a sign that no folder's name has."),
        ("\ud800", "holds a sign that no folder's name has."),
        ("~", "“~” stands for nothing here"),
        ("~root", "“~” stands for nothing here"),
        (".", "not of models itself"),
        ("models", "not of models itself"),
        ("notes.txt", "“notes.txt” is a file: name the folder that it lies in."),
        ("gpt3", "There is no folder “gpt3” inside models. Did you mean gpt2?"),
        ("zebra", "There is no folder “zebra” inside models."),
        ("gpt2/config.json/x", "There is no folder"),
    ],
)
def test_what_is_no_folder_is_one_sentence(models: Path, typed: object, why: str) -> None:
    write_model(models / "gpt2")
    (models / "notes.txt").write_text("")
    assert why in refused(typed)


def test_folder_of_models_that_does_not_exist() -> None:
    assert refused("gpt2") == "The folder models does not exist yet: make it, and put models into it."
    assert candidates() == []


def test_links_are_followed_inside_and_refused_outside(models: Path, tmp_path: Path) -> None:
    write_model(models / "gpt2")
    write_model(tmp_path / "secret")
    (models / "alias").symlink_to("gpt2")
    (models / "out").symlink_to(tmp_path / "secret")
    (models / "up").symlink_to("..")
    (models / "nothing").symlink_to(tmp_path / "nothing")
    (models / "circle").symlink_to("circle")
    assert resolve("alias") == models / "gpt2"
    assert refused("out") == refused("up") == refused("up/secret") == refused("nothing") == OUTSIDE
    assert "circle" in refused("circle")
    assert candidates() == ["alias", "gpt2"]


def test_files_that_are_links_are_refused_outside_and_followed_inside(models: Path, tmp_path: Path) -> None:
    folder = write_model(models / "gpt2")
    (models / "shared.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to("../shared.safetensors")
    assert resolve("gpt2") == folder
    (tmp_path / "secret.json").write_text("{}")
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to(tmp_path / "secret.json")
    assert refused("gpt2") == "config.json leads out of the folder models: copy the files into it instead."


def test_a_link_that_is_swapped_later_is_refused(models: Path, tmp_path: Path) -> None:
    write_model(models / "gpt2")
    write_model(tmp_path / "secret")
    (models / "alias").symlink_to("gpt2")
    path = resolve("alias")
    (models / "gpt2").rename(models / "gone")
    (models / "gpt2").symlink_to(tmp_path / "secret")
    with pytest.raises(CheckpointError, match="leads out of the folder models"):
        require_inside(path, models)
    assert refused("alias") == refused("gpt2") == OUTSIDE


def test_a_folder_of_models_that_is_itself_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_model(tmp_path / "disk" / "gpt2")
    (tmp_path / "linked").symlink_to("disk")
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path / "linked"))
    assert resolve("gpt2") == resolve(str(tmp_path / "linked" / "gpt2")) == tmp_path / "disk" / "gpt2"
    assert candidates() == ["gpt2"]
    assert relative_name(resolve("gpt2")) == "gpt2"


def test_candidates_are_the_folders_with_a_config(models: Path) -> None:
    for name in ("b", "a/x", "a/y/z", "a/y/z2/too-deep", ".hidden", "b/inner"):
        write_model(models / name)
    (models / "empty").mkdir()
    (models / "config.json").write_text("{}")
    assert candidates() == ["a/x", "a/y/z", "b"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text() | st.lists(st.sampled_from(["..", ".", "gpt2", "/", "~", "models", "\0", "x"])).map("/".join))
def test_whatever_is_typed_stays_inside(tmp_path: Path, typed: str) -> None:
    write_model(tmp_path / "models" / "gpt2")
    try:
        assert resolve(typed).is_relative_to(tmp_path / "models")
    except CheckpointError as error:
        assert str(error)
