"""Downloads from a small hub on this computer: what is fetched, refused, stopped, gone on with, and used offline."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.numpy import save

from explorer.hub import download as download_module
from explorer.hub.download import DownloadStopped, cached, download
from explorer.hub.files import ModelFiles
from explorer.hub.names import parse_name
from explorer.hub.offer import HubUnreachable, look_up
from explorer.model.catalogue import CheckpointError
from tests.hub.checkpoints import TENSORS, model_files
from tests.hub.fake_hub import FakeHub

pytestmark = [pytest.mark.usefixtures("own_folders", "only_this_computer"), pytest.mark.timeout(120)]
NOWHERE = "http://127.0.0.1:9"  # the port where nothing ever listens
WEIGHTS = "model.safetensors"
PARTS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]


def refused(name: str, hub: FakeHub, **options: object) -> str:
    """The one sentence that a download ends with."""
    with pytest.raises(CheckpointError) as error:
        download(name, endpoint=hub.endpoint, **options)
    text = str(error.value)
    assert "\n" not in text
    assert hub.endpoint not in text
    return text


def test_found(hub: FakeHub, tmp_path: Path) -> None:
    hub.add("a/b", model_files() | {"README.md": b"words", "pytorch_model.bin": b"pickle", "onnx/model.onnx": b"x"})
    heard = []
    folder = download("a/b", endpoint=hub.endpoint, progress=lambda done, total: heard.append((done, total)))
    assert folder == tmp_path / "cache" / "models--a--b" / "snapshots" / ("a" * 40)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == model_files()
    assert hub.fetched() == ["config.json", "vocab.json", WEIGHTS]
    total = sum(map(len, model_files().values()))
    assert [total for _, total in heard] == [total] * len(heard)
    assert heard[-1] == (total, total)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)


def test_size_is_known_before_anything_is_fetched(hub: FakeHub) -> None:
    hub.add("a/b", model_files() | {"model.fp16.safetensors": b"x" * 1000})
    offer = look_up(parse_name("a/b"), hub.endpoint)
    assert list(offer.files) == ["config.json", "vocab.json", WEIGHTS]
    assert offer.nbytes == sum(map(len, model_files().values()))
    assert offer.commit == "a" * 40
    assert hub.fetched() == []


def test_shards_are_fetched_and_nothing_else(hub: FakeHub) -> None:
    index = json.dumps({"weight_map": {"a": PARTS[0], "b": PARTS[1]}}).encode()
    parts = {PARTS[0]: save({"a": TENSORS["wte.weight"]}), PARTS[1]: save({"b": TENSORS["steps"]})}
    files = {"config.json": b"{}", "model.safetensors.index.json": index, **parts}
    hub.add("a/b", files | {"pytorch_model-00001-of-00002.bin": b"pickle", "x/" + PARTS[0]: b"x"})
    folder = download("a/b", endpoint=hub.endpoint)
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)
    assert set(ModelFiles(folder).header) == {"a", "b"}


def test_revisions(hub: FakeHub) -> None:
    hub.add("a/b", model_files())
    hub.add("a/b", model_files() | {"config.json": b'{"new": 1}'}, commit="b" * 40, revision="refs/pr/4")
    assert ModelFiles(download("a/b", endpoint=hub.endpoint)).config != {"new": 1}
    folder = download("a/b@refs/pr/4", endpoint=hub.endpoint)
    assert folder.name == "b" * 40
    assert ModelFiles(folder).config == {"new": 1}
    assert download("a/b", "b" * 40, endpoint=hub.endpoint) == folder
    assert refused("a/b@v7", hub) == "a/b has no branch, tag or commit v7 on the hub."


def test_what_the_hub_refuses(hub: FakeHub) -> None:
    assert refused("a/b", hub) == "There is no model a/b on the Hugging Face hub, or it is private."
    for status in (401, 403):
        hub.add(f"a/gated{status}", model_files()).gated = status
        text = refused(f"a/gated{status}", hub)
        assert f"accept its terms: do so at huggingface.co/a/gated{status}, and run `hf auth login`" in text


@pytest.mark.parametrize(
    ("status", "why"),
    [
        *((401, "run `hf auth login`"), (403, "run `hf auth login`"), (404, "refuses a/b")),
        *((418, "refuses a/b (HTTP status 418)"), (429, "cannot answer now (HTTP status 429)")),
        *((500, "cannot answer now"), (503, "cannot answer now")),
    ],
)
def test_other_answers(hub: FakeHub, status: int, why: str) -> None:
    hub.status = status
    assert why in refused("a/b", hub)


def test_pickles_are_refused_with_the_command_before_anything_is_fetched(hub: FakeHub) -> None:
    repository = hub.add("Helsinki-NLP/opus-mt-en-de", {"config.json": b"{}", "pytorch_model.bin": b"pickle"})
    repository.config = {"architectures": ["MarianMTModel"]}
    text = refused("Helsinki-NLP/opus-mt-en-de", hub)
    assert "holds its weights as a pickle, which can run any program when it is read" in text
    assert "import AutoTokenizer, MarianMTModel as Model" in text
    assert hub.fetched() == []


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"config.json": b"{}", "tf_model.h5": b""}, "for TensorFlow only"),
        ({"config.json": b"{}"}, "holds no weights"),
        ({}, "holds no weights"),
        ({WEIGHTS: b""}, "has no config.json"),
    ],
)
def test_models_that_nobody_can_open_are_refused(hub: FakeHub, files: dict[str, bytes], why: str) -> None:
    hub.add("a/b", files)
    assert why in refused("a/b", hub)
    assert hub.fetched() == []


def test_too_large_a_download_is_refused_with_the_numbers(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add("a/b", model_files()).said_sizes = {WEIGHTS: 8_100_000_000}
    text = refused("a/b", hub)
    assert "a/b has 8.1 GB, and at most 8 GB may be downloaded here" in text
    monkeypatch.setenv("EXPLORER_MAX_DOWNLOAD", "9 GB")
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(download_module.shutil, "disk_usage", lambda path: usage._replace(free=3_000_000_000))
    assert refused("a/b", hub) == "a/b needs 8.1 GB on the disk, and 3 GB are free there."
    assert hub.fetched() == []


def test_untrue_sizes(hub: FakeHub) -> None:
    repository = hub.add("a/b", model_files())
    repository.said_sizes = {WEIGHTS: None}
    assert "does not say how large" in refused("a/b", hub)
    repository.said_sizes = {WEIGHTS: 7}
    assert "sends more of a/b than it announced" in refused("a/b", hub)
    assert cached(parse_name("a/b")) is None


def test_a_config_that_cannot_be_opened_stops_before_the_weights(hub: FakeHub) -> None:
    hub.add("a/b", model_files())

    def accept(config: dict) -> None:
        raise CheckpointError(f"The family {config['model_type']} is not known.")

    assert refused("a/b", hub, accept=accept) == "The family gpt2 is not known."
    assert hub.fetched() == ["config.json"]


def test_stopped_between_files_and_gone_on_later(hub: FakeHub) -> None:
    hub.add("a/b", model_files())
    done = []
    with pytest.raises(DownloadStopped, match="The download of a/b was stopped; its complete files are kept"):
        download("a/b", endpoint=hub.endpoint, progress=lambda n, _: done.append(n), stop=lambda: len(done) >= 4)
    assert hub.fetched() == ["config.json", "vocab.json"]
    assert cached(parse_name("a/b")) is None
    hub.asked.clear()
    download("a/b", endpoint=hub.endpoint)
    assert hub.fetched() == [WEIGHTS]


def test_stopped_within_a_file(hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    files = model_files() | {WEIGHTS: bytes(100_003)}
    hub.add("a/b", files)
    before = len(files["config.json"]) + len(files["vocab.json"])
    done = []
    with pytest.raises(DownloadStopped):
        download("a/b", endpoint=hub.endpoint, progress=lambda n, _: done.append(n), stop=lambda: done[-1:] >= [7000])
    assert 7000 <= done[-1] <= before + 8000
    assert not list((tmp_path / "cache").rglob("*.incomplete"))
    assert cached(parse_name("a/b")) is None


def test_a_connection_that_breaks_is_taken_up_where_it_broke(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    files = model_files() | {WEIGHTS: bytes(range(251)) * 100}
    hub.add("a/b", files)
    hub.break_once = {WEIGHTS: 12_345}
    done = []
    folder = download("a/b", endpoint=hub.endpoint, progress=lambda n, _: done.append(n))
    assert (folder / WEIGHTS).read_bytes() == files[WEIGHTS]
    (again,) = [line for line in hub.asked if line.startswith("GET") and "bytes=" in line]
    assert 0 < int(again.rpartition("=")[2].rstrip("-")) <= 12_345
    assert done[-1] == sum(map(len, files.values()))


def test_what_is_there_is_not_fetched_again(hub: FakeHub) -> None:
    hub.add("a/b", model_files())
    folder = download("a/b", endpoint=hub.endpoint)
    hub.asked.clear()
    heard = []
    assert download("a/b", endpoint=hub.endpoint, progress=lambda done, _: heard.append(done)) == folder
    assert hub.fetched() == []
    assert heard[-1] == sum(map(len, model_files().values()))


def test_without_a_network_the_cache_serves(hub: FakeHub) -> None:
    hub.add("a/b", model_files())
    folder = download("a/b", endpoint=hub.endpoint)
    assert cached(parse_name("a/b")) == cached(parse_name("a/b@" + "a" * 40)) == folder
    assert download("a/b", endpoint=NOWHERE) == folder
    accepted = []
    download("a/b", endpoint=NOWHERE, accept=accepted.append)
    assert accepted[0]["model_type"] == "gpt2"
    with pytest.raises(HubUnreachable, match="cannot be reached, and c/d is not on this computer yet"):
        download("c/d", endpoint=NOWHERE)
    with pytest.raises(HubUnreachable, match="cannot be reached, and a/b@v7 is not on this computer yet"):
        download("a/b@v7", endpoint=NOWHERE)
    hub.status = 503  # the hub is down
    assert download("a/b", endpoint=hub.endpoint) == folder
    (folder / WEIGHTS).unlink()
    assert cached(parse_name("a/b")) is None
    with pytest.raises(HubUnreachable):
        download("a/b", endpoint=NOWHERE)


def test_the_library_is_told_to_be_offline(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    hub.add("a/b", model_files())
    assert "cannot be reached" in refused("a/b", hub)
    assert hub.asked == []


def test_another_server_is_not_taken_for_the_hub(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "dumps", lambda content, **options: "<html>Log in to this network</html>")
    hub.add("a/b", model_files())
    assert "What answered is not the Hugging Face hub" in refused("a/b", hub)


def test_nobody_is_told_anything(hub: FakeHub) -> None:
    hub.add("a/b", model_files())
    download("a/b", endpoint=hub.endpoint)
    (agent,) = hub.user_agents
    assert agent.split("; ")[0] == "unknown/None"
    assert [part.split("/")[0] for part in agent.split("; ")[1:]] == ["hf_hub", "python"]
    assert {line.split()[1].split("/")[1] for line in hub.asked} == {"a", "api"}
    assert not [line for line in hub.asked if "telemetry" in line]


def test_importing_the_sources_loads_neither_torch_nor_the_hubs_library() -> None:
    modules = "added added_file curated download files folders formats header library memory names offer settings sizes"
    code = "import sys; " + "; ".join(f"import explorer.hub.{name}" for name in modules.split())
    code += (
        "; print([name for name in ('torch', 'streamlit', 'huggingface_hub', 'transformers') if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    result = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
