"""``import explorer``: models by name, from a folder and from a hub, their traces, and what is said when it fails."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

import explorer
from explorer import api
from explorer.hub import added, adding
from explorer.model.catalogue import CheckpointError
from explorer.model.reading import InputError
from tests.bundled import run_of
from tests.hub.checkpoints import CONFIG, write_model
from tests.hub.conftest import hub, only_this_computer, own_folders  # noqa: F401
from tests.hub.whole import whole_model

pytestmark = pytest.mark.usefixtures("own_folders", "only_this_computer", "cpu")
ROOT = Path(__file__).resolve().parents[1]
TEXT = "Two dogs and a cat"


@pytest.fixture
def cpu(monkeypatch):
    monkeypatch.setenv("EXPLORER_DEVICE", "cpu")


@pytest.fixture
def small_hub(hub, monkeypatch, tmp_path):  # noqa: F811
    """A hub that has one GPT-2, and no other."""
    folder = whole_model(tmp_path / "made", "gpt2")
    hub.add("owner/small", {path.name: path.read_bytes() for path in folder.iterdir()})
    monkeypatch.setattr(api, "download", partial(api.download, endpoint=hub.endpoint))
    return hub


def sentence_of(error) -> str:
    text = str(error.value)
    assert text.endswith((".", "?"))
    assert "\n" not in text
    return text


def test_import_is_light():
    code = (
        "import explorer, sys; print(sorted({'torch', 'numpy', 'streamlit', 'plotly'} & set(sys.modules)));"
        "from explorer import load; print('torch' in sys.modules, load.__name__)"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\nFalse load\n"


def test_what_it_offers():
    assert set(explorer.__all__) <= set(dir(explorer))
    assert [name for name in explorer.__all__ if getattr(explorer, name) is not getattr(api, name)] == []
    with pytest.raises(AttributeError, match="module 'explorer' has no attribute 'lode'"):
        _ = explorer.lode


@pytest.mark.parametrize("name", ["gpt-captions", "bert-captions"])
def test_trace_of_a_bundled_model(name):
    model = explorer.load(name)
    run, expected = model.trace(TEXT), run_of(name, TEXT)
    assert run.tokens == expected.tokens
    np.testing.assert_array_equal(run.trace.logits, expected.trace.logits)
    assert (model.name, model.config) == (name, expected.entry.config)
    assert model.tokenizer.labels(run.tokens.ids) == list(run.tokens.labels)
    assert model.model.n_parameters() == expected.entry.about.n_parameters
    assert model.notes == ()


def test_trace_of_a_translator():
    model = explorer.load("translator-en-de")
    written = model.trace("A dog.")
    assert written.written
    told = model.trace("A dog.", "Ein Hund")
    expected = run_of("translator-en-de", "A dog.", "Ein Hund")
    assert not told.written
    assert (told.source, told.tokens) == (expected.source, expected.tokens)
    assert len(told.source) != len(told.tokens)
    np.testing.assert_array_equal(told.trace.logits, expected.trace.logits)


def test_shapes_are_those_of_the_docstring():
    model = explorer.load("translator-en-de")
    run, c = model.trace("A small brown dog.", "Ein Hund"), model.config
    n, m, block = len(run.tokens), len(run.source), run.trace.decoder.blocks[3]
    assert run.trace.encoder.embedding.output.shape == (m, c.d_model)
    assert block.attention.q.shape == block.attention.k.shape == (c.n_heads, n, c.d_k)
    assert block.cross_attention.k.shape == (c.n_heads, m, c.d_k)
    assert block.attention.heads.shape == (c.n_heads, n, c.d_v)
    assert block.attention.weights.shape == block.attention.scores.shape == (c.n_heads, n, n)
    assert block.cross_attention.weights.shape == (c.n_heads, n, m)
    np.testing.assert_allclose(block.cross_attention.weights.sum(-1), 1, atol=1e-6)
    assert block.ff_hidden.shape == (n, c.d_ff)
    assert run.trace.logits.shape == (n, c.vocab_size)
    assert run.attention("cross", 3) is block.cross_attention
    with pytest.raises(ValueError, match="read-only"):
        run.trace.logits[0, 0] = 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "gpt-captions",
            "<gpt-captions: 6 decoder layers of 8 heads, d_model 192, 4,000 tokens, 2,977,056 parameters, on cpu>",
        ),
        (
            "classroom-tiny-encoder-decoder",
            "<classroom-tiny-encoder-decoder: 1 encoder and 1 decoder layers of 2 heads, d_model 8, 10 tokens, "
            "1,488 parameters, on cpu>",
        ),
        (
            "classroom-tiny-bert",
            "<classroom-tiny-bert: 1 encoder layer of 2 heads, d_model 8, 11 tokens, 747 parameters, on cpu>",
        ),
    ],
)
def test_repr(name, expected):
    assert repr(explorer.load(name)) == expected


@pytest.mark.parametrize("as_what", [str, Path])
def test_a_folder_of_ours(as_what):
    folder = ROOT / "pretrained" / "gpt-captions"
    model = explorer.load(as_what(folder))
    assert model.name == "gpt-captions"
    np.testing.assert_array_equal(model.trace(TEXT).trace.logits, run_of("gpt-captions", TEXT).trace.logits)


@pytest.mark.parametrize("family", ["gpt2", "bert", "t5"])
def test_a_folder_in_hugging_faces_layout_anywhere_on_the_disk(tmp_path, family):
    folder = whole_model(tmp_path / "elsewhere" / f"my-{family}", family)
    model = explorer.load(folder, device="cpu")
    assert (model.name, model.checkpoint.entry.family) == (f"my-{family}", family)
    run = model.trace("The old boats")
    with torch.inference_mode():
        source = torch.tensor([run.source.ids]) if run.source else None
        expected = model.model(torch.tensor([run.tokens.ids]), source).logits[0]
    np.testing.assert_allclose(run.trace.logits, expected, rtol=0, atol=1e-6)


def test_a_relative_folder(tmp_path, monkeypatch):
    whole_model(tmp_path / "here", "gpt2")
    monkeypatch.chdir(tmp_path)
    assert explorer.load("here").name == explorer.load("./here").name == "here"


def test_an_added_model(models_folder):
    whole_model(models_folder / "small", "gpt2")
    adding.add_folder("small")
    assert explorer.load("folder:small").name == "folder:small"


@pytest.fixture
def models_folder(tmp_path):
    (folder := tmp_path / "models").mkdir()
    return folder


def test_a_hub_name_is_downloaded_once(small_hub):
    model = explorer.load("owner/small")
    assert (model.name, model.checkpoint.entry.family) == ("owner/small", "gpt2")
    assert small_hub.fetched()[-1] == "model.safetensors"
    asked = len(small_hub.asked)
    assert repr(explorer.load("owner/small")) == repr(model)
    assert len(small_hub.asked) == asked  # taken from the cache, without asking
    assert added.added() == []  # the explorer's own list is as it was


def test_progress_bar_counts_bytes(small_hub, monkeypatch):
    import tqdm

    bars = []

    class Watched(tqdm.tqdm):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            bars.append(self)

    monkeypatch.setattr(tqdm, "tqdm", Watched)
    explorer.load("owner/small")
    files, fetched = small_hub.repositories["owner/small"].commits["a" * 40], set(small_hub.fetched())
    nbytes = sum(len(files[file]) for file in fetched)
    (bar,) = bars
    assert "model.safetensors" in fetched
    assert (bar.n, bar.total, bar.unit, bar.desc) == (nbytes, nbytes, "B", "owner/small")


def test_a_revision(small_hub):
    files = small_hub.repositories["owner/small"].commits["a" * 40]
    small_hub.add("owner/small", files, commit="b" * 40, revision="v2")
    model = explorer.load("owner/small", revision="v2")
    assert (model.name, model.checkpoint.entry.folder.name) == ("owner/small@v2", "b" * 40)


def test_what_cannot_be_opened_is_not_downloaded(small_hub, tmp_path):
    folder = write_model(tmp_path / "llama", CONFIG | {"model_type": "llama"})
    small_hub.add("owner/llama", {path.name: path.read_bytes() for path in folder.iterdir()})
    with pytest.raises(CheckpointError) as error:
        explorer.load("owner/llama")
    assert "model_type='llama'" in sentence_of(error)
    assert "model.safetensors" not in small_hub.fetched()


@pytest.mark.parametrize(
    ("asked", "options", "words"),
    [
        ("gpt-caption", {}, "There is no model 'gpt-caption'; there are: translator-en-de, "),
        (
            "gpt-caption",
            {},
            "Did you mean gpt-captions? Nor can it be taken from the hub: There is no",
        ),
        ("owner/none", {}, "There is no model owner/none on the Hugging Face hub"),
        ("owner/small", {"revision": "v3"}, "owner/small has no branch, tag or commit v3 on the hub."),
        ("gpt-captions", {"revision": "v2"}, "comes with the explorer and has no revision 'v2': leave it out."),
        ("not a name!", {}, "is no name of a model on the hub: write owner/name"),
        ("", {}, "Give the name of a model, for example 'gpt-captions', or a folder."),
        (None, {}, "Give the name of a model"),
        (17, {}, "Give the name of a model"),
        ("./nowhere", {}, "There is no folder ./nowhere."),
        (Path("nowhere"), {}, "There is no folder nowhere."),
        ("x\0y", {}, "is no name of a model on the hub"),
        ("x" * 5000, {}, "is no name of a model on the hub"),
        ("gpt-captions", {"device": "abacus"}, "There is no device 'abacus' on this machine, which has: "),
        ("gpt-captions", {"device": "cpu:x"}, "There is no device 'cpu:x'"),
    ],
)
def test_what_cannot_be_loaded(small_hub, asked, options, words):
    with pytest.raises(CheckpointError) as error:
        explorer.load(asked, **options)
    assert words in sentence_of(error)


def test_folders_that_hold_no_model(tmp_path):
    (tmp_path / "empty").mkdir()
    for folder, words in (
        (tmp_path / "empty", "empty/config.json is missing."),
        (write_model(tmp_path / "odd", CONFIG | {"model_type": "llama"}), "says model_type='llama'"),
    ):
        with pytest.raises(CheckpointError) as error:
            explorer.load(folder)
        assert words in sentence_of(error)
        assert str(tmp_path) not in str(error.value)
    with pytest.raises(CheckpointError, match="is a folder and has no revision 'v2': leave it out"):
        explorer.load(tmp_path / "empty", revision="v2")


def test_memory_is_looked_at_before_loading(tmp_path, monkeypatch):
    folder = whole_model(tmp_path / "small", "gpt2")
    monkeypatch.setenv("EXPLORER_MEMORY", "1 kB")
    with pytest.raises(CheckpointError, match=r"^small needs .* of memory"):
        explorer.load(folder)


@pytest.mark.parametrize(
    ("text", "target", "words"),
    [
        ("", "", "The text is empty"),
        ("word " * 1000, "", "and this model has room for 128: please shorten it."),
        (["two", "texts"], "", "The text must be a str, not list: give one text at a time."),
        (None, "", "The text must be a str, not NoneType"),
        ("A dog", "Ein Hund", "gpt-captions takes no target: it reads one text only."),
        ("A dog", 3, "The target must be a str, not int"),
    ],
)
def test_texts_that_cannot_be_read(text, target, words):
    with pytest.raises(InputError) as error:
        explorer.load("gpt-captions").trace(text, target)
    assert words in sentence_of(error)


def test_bertviz_arguments_are_tensors():
    run = run_of("translator-en-de", "A dog.", "Ein Hund")
    arguments = explorer.bertviz_arguments(run)
    assert set(arguments) == {f"{kind}_attention" for kind in ("encoder", "decoder", "cross")} | {
        "encoder_tokens",
        "decoder_tokens",
    }
    for name, values in arguments.items():
        assert {type(value) for value in values} == {str if name.endswith("tokens") else torch.Tensor}
    weights = run.trace.decoder.blocks[1].cross_attention.weights
    np.testing.assert_array_equal(arguments["cross_attention"][1][0].numpy(), weights)
    assert set(explorer.bertviz_arguments(run, "decoder")) == {"decoder_attention", "decoder_tokens"}
