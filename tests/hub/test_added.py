"""The list of models that were added: written by many at once, and never a way to open what may not be opened."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from explorer.hub import added_file
from explorer.hub.added import Added, add_folder, add_from_hub, added, find_added, read_added, remove
from explorer.model.catalogue import CheckpointError
from tests.hub.checkpoints import model_files, write_model
from tests.hub.fake_hub import FakeHub

pytestmark = [pytest.mark.usefixtures("own_folders", "only_this_computer"), pytest.mark.timeout(120)]
ROOT = Path(__file__).resolve().parents[2]
COMMIT = "a" * 40


def refused(call: object) -> str:
    """The one sentence of a CheckpointError."""
    with pytest.raises(CheckpointError) as error:
        call()
    assert "\n" not in str(error.value)
    return str(error.value)


def listed(models: Path) -> list[dict]:
    return json.loads((models / "added.json").read_text(encoding="utf-8"))["models"]


def test_nothing_was_added(models: Path) -> None:
    assert read_added() == ([], [])
    assert refused(lambda: find_added("gpt2")) == "No model was added yet."
    assert refused(lambda: remove("gpt2")) == "No model was added yet."


def test_a_folder(models: Path) -> None:
    folder = write_model(models / "openai" / "gpt2")
    model = add_folder("openai/gpt2")
    assert model == Added("folder:openai/gpt2", "folder", folder, None, None, 90)
    assert added() == [model]
    assert find_added("folder:openai/gpt2") == model
    assert listed(models) == [{"name": model.name, "source": "folder", "folder": "openai/gpt2", "bytes": 90}]
    add_folder("openai/gpt2")
    assert added() == [model]  # once


def test_a_folder_that_is_no_model_is_not_added(models: Path) -> None:
    (models / "empty").mkdir()
    write_model(models / "gpt2")
    assert refused(lambda: add_folder("empty")) == "models/empty/config.json is missing."
    (models / "empty" / "config.json").write_text('{"model_type": "gpt2"}')
    assert "models/empty holds no weights" in refused(lambda: add_folder("empty"))
    assert "Did you mean gpt2?" in refused(lambda: add_folder("gpt"))
    (models / "gpt2" / "config.json").write_text("{}")
    assert refused(lambda: add_folder("gpt2")) == "models/gpt2 describes no model."

    def accept(config: dict) -> None:
        raise CheckpointError("Not this one.")

    assert refused(lambda: add_folder("gpt2", accept)) == "Not this one."
    assert added() == []


def test_from_the_hub(hub: FakeHub, models: Path, tmp_path: Path) -> None:
    hub.add("a/b", model_files())
    hub.add("a/b", model_files(), commit="b" * 40, revision="refs/pr/4")
    model = add_from_hub("a/b", endpoint=hub.endpoint)
    other = add_from_hub("a/b@refs/pr/4", endpoint=hub.endpoint)
    snapshots = tmp_path / "cache/models--a--b/snapshots"
    assert model == Added("a/b", "hub", snapshots / COMMIT, "main", COMMIT, 90)
    assert other == Added("a/b@refs/pr/4", "hub", snapshots / ("b" * 40), "refs/pr/4", "b" * 40, 90)
    assert added() == [model, other]
    assert listed(models)[0] == {
        "name": "a/b",
        "source": "hub",
        "folder": f"models--a--b/snapshots/{COMMIT}",
        "revision": "main",
        "commit": COMMIT,
        "bytes": 90,
    }
    text = refused(lambda: find_added("a/c"))
    assert text == "There is no added model 'a/c'; there are: a/b, a/b@refs/pr/4. Did you mean a/b?"


def test_the_folder_of_models_is_made_for_the_first_download(hub: FakeHub, tmp_path: Path) -> None:
    hub.add("a/b", model_files())
    assert not (tmp_path / "models").exists()
    add_from_hub("a/b", endpoint=hub.endpoint)
    assert [model.name for model in added()] == ["a/b"]


def test_a_download_that_fails_adds_nothing(hub: FakeHub, models: Path) -> None:
    assert "There is no model" in refused(lambda: add_from_hub("a/b", endpoint=hub.endpoint))
    hub.add("a/b", model_files() | {"model.safetensors": b"damaged"})
    assert "undamaged safetensors" in refused(lambda: add_from_hub("a/b", endpoint=hub.endpoint))
    assert added() == []


def test_removed_from_the_list_only(hub: FakeHub, models: Path) -> None:
    hub.add("a/b", model_files())
    write_model(models / "gpt2")
    model, folder = add_from_hub("a/b", endpoint=hub.endpoint), add_folder("gpt2")
    remove("a/b")
    assert added() == [folder]
    assert (model.folder / "model.safetensors").is_file()
    remove("folder:gpt2", delete_files=True)  # never deletes what someone put there
    assert added() == []
    assert (models / "gpt2" / "model.safetensors").is_file()


def test_removed_with_what_was_downloaded(hub: FakeHub, models: Path, tmp_path: Path) -> None:
    files = model_files()
    hub.add("a/b", files)
    hub.add("a/b", files | {"config.json": b'{"new": 1}'}, commit="b" * 40, revision="v2")
    same = ["c/d", "e/f", "g/h"]  # the same commits under other names, as a repository has that was renamed
    for name in same:
        hub.add(name, files)
    for name in ("a/b", "a/b@v2", *same, f"a/b@{'b' * 40}"):
        add_from_hub(name, endpoint=hub.endpoint)
    snapshots = tmp_path / "cache/models--a--b/snapshots"
    remove("a/b@v2", delete_files=True)  # another entry needs the same snapshot
    assert (snapshots / ("b" * 40) / "model.safetensors").is_file()
    remove(f"a/b@{'b' * 40}", delete_files=True)
    assert [path.name for path in snapshots.iterdir()] == [COMMIT]
    assert (snapshots / COMMIT / "model.safetensors").read_bytes() == files["model.safetensors"]
    remove("a/b", delete_files=True)
    assert not (tmp_path / "cache/models--a--b").exists()
    assert [model.name for model in added()] == same
    assert all((model.folder / "model.safetensors").is_file() for model in added())


def test_what_is_gone_is_said_and_the_rest_stays(hub: FakeHub, models: Path, tmp_path: Path) -> None:
    hub.add("a/b", model_files())
    folder = write_model(models / "gpt2")
    write_model(models / "other")
    add_from_hub("a/b", endpoint=hub.endpoint)
    add_folder("gpt2")
    add_folder("other")
    folder.rename(models / "moved")
    (tmp_path / "cache").rename(tmp_path / "gone")
    names, problems = read_added()
    assert [model.name for model in names] == ["folder:other"]
    assert problems[0] == "What was downloaded of “a/b” is gone: add it again."
    assert "There is no folder “gpt2” inside models." in problems[1]
    remove("a/b", delete_files=False)
    assert len(read_added()[1]) == 1


def test_removing_what_is_gone_with_its_files(hub: FakeHub, models: Path, tmp_path: Path) -> None:
    hub.add("a/b", model_files())
    add_from_hub("a/b", endpoint=hub.endpoint)
    (tmp_path / "cache").rename(tmp_path / "gone")
    remove("a/b", delete_files=True)
    assert read_added() == ([], [])


@pytest.mark.parametrize(
    "folder",
    [
        "..",
        "/etc",
        "../../secret",
        "SECRET",
        "models--x--y/snapshots/../../../secret",
        "out",
        "models--x--y/snapshots/" + COMMIT,
    ],
)
@pytest.mark.parametrize("source", ["hub", "folder"])
def test_an_edited_list_opens_nothing_else(models: Path, tmp_path: Path, source: str, folder: str) -> None:
    write_model(tmp_path / "secret")
    (tmp_path / "cache/models--x--y/snapshots").mkdir(parents=True)
    (tmp_path / "cache/models--x--y/snapshots" / COMMIT).symlink_to(tmp_path / "secret")
    for root in (models, tmp_path / "cache"):
        (root / "out").symlink_to(tmp_path / "secret")
    folder = folder.replace("SECRET", str(tmp_path / "secret"))
    entry = {"name": "x/y", "source": source, "folder": folder, "bytes": 1, "commit": COMMIT}
    (models / "added.json").write_text(json.dumps({"models": [entry]}))
    names, (problem,) = read_added()
    assert names == []
    assert str(tmp_path) not in problem
    assert problem == refused(lambda: find_added("x/y"))
    remove("x/y", delete_files=True)
    assert (tmp_path / "secret" / "model.safetensors").is_file()


@pytest.mark.parametrize("exists", [False, True])
def test_an_edited_list_tells_nothing_of_what_exists_elsewhere(models: Path, tmp_path: Path, exists: bool) -> None:
    if exists:
        write_model(tmp_path / "elsewhere" / COMMIT)
    entry = {"name": "x/y", "source": "hub", "folder": f"../elsewhere/{COMMIT}", "bytes": 1}
    (models / "added.json").write_text(json.dumps({"models": [entry]}))
    assert read_added()[1] == ["added.json leads “x/y” out of the cache of downloads: add it again."]


def test_a_folder_is_never_deleted_even_where_the_cache_is_the_folder_of_models(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("a/b", model_files())
    folder = add_from_hub("a/b", endpoint=hub.endpoint).folder
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path / "cache"))
    name = add_folder(f"models--a--b/snapshots/{COMMIT}").name
    remove(name, delete_files=True)
    assert (folder / "model.safetensors").is_file()


def test_a_link_that_is_swapped_after_adding_is_refused(hub: FakeHub, models: Path, tmp_path: Path) -> None:
    hub.add("a/b", model_files())
    write_model(tmp_path / "secret")
    folder = write_model(models / "gpt2")
    model = add_from_hub("a/b", endpoint=hub.endpoint)
    add_folder("gpt2")
    for path in (folder, model.folder):
        (path / "config.json").unlink()
        (path / "config.json").symlink_to(tmp_path / "secret" / "config.json")
    assert added() == []
    assert "config.json leads out of the folder models" in refused(lambda: find_added("folder:gpt2"))
    assert "config.json leads out of the folder cache" in refused(lambda: find_added("a/b"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "added.json is not JSON"),
        ("[]", "must hold an object"),
        ("{}", "has no list of models"),
        ('{"models": 7}', "has no list of models"),
        ('{"models": [7]}', "has an entry without name, source, folder, bytes"),
        ('{"models": [{"name": "x", "source": "web", "folder": "x", "bytes": 1}]}', "has an entry without"),
        ('{"models": [{"name": "x", "source": "hub", "folder": "x", "bytes": "1"}]}', "has an entry without"),
    ],
)
def test_damaged_list_is_one_sentence_and_stays_as_it_is(models: Path, content: str, why: str) -> None:
    write_model(models / "gpt2")
    (models / "added.json").write_text(content)
    names, (problem,) = read_added()
    assert names == []
    assert why in problem
    assert problem.startswith("models/added.json ")
    assert why in refused(lambda: add_folder("gpt2"))
    assert (models / "added.json").read_text() == content


def test_switched_off(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_model(models / "gpt2")
    model = add_folder("gpt2")
    monkeypatch.setenv("EXPLORER_ADD_MODELS", "off")
    for call in (lambda: add_folder("gpt2"), lambda: add_from_hub("a/b"), lambda: remove("folder:gpt2")):
        assert "switched off on this server" in refused(call)
    assert added() == [model]  # what is there can be opened


def test_a_list_that_cannot_be_written(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_model(models / "gpt2")

    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(added_file, "write_file", full)
    assert refused(lambda: add_folder("gpt2")) == "models/added.json cannot be written: No space left on device."


def test_another_writer_is_waited_for_but_not_for_ever(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_model(models / "gpt2")
    monkeypatch.setattr(added_file, "PATIENCE", 0.05)
    with added_file.changed():
        answers = []
        thread = threading.Thread(target=lambda: answers.append(refused(lambda: add_folder("gpt2"))))
        thread.start()
        thread.join()
    assert answers == ["Another program is writing the list of models: try again in a moment."]


WRITER = """
import sys
from explorer.hub.added import add_folder, remove
for i in range(5):
    add_folder(f"m{sys.argv[1]}-{i}")
    add_folder(f"m{sys.argv[1]}-gone")
    remove(f"folder:m{sys.argv[1]}-gone")
"""


def test_many_writers_lose_nothing(models: Path) -> None:
    """Four programs with a list each in hand would overwrite one another's entries without the lock."""
    for i in range(4):
        for j in (*range(5), "gone"):
            write_model(models / f"m{i}-{j}")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(i)], cwd=ROOT) for i in range(4)]
    assert [writer.wait() for writer in writers] == [0, 0, 0, 0]
    assert sorted(model.name for model in added()) == [f"folder:m{i}-{j}" for i in range(4) for j in range(5)]
