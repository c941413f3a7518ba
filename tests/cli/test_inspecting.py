"""The list of models, and the trace of one text."""

import numpy as np
import pytest

from tests.cli.commands import MODELS, one_sentence
from tests.training.samples import TEXT, tiny_model


def test_models_lists_what_is_there_and_what_is_wrong(explorer, pretrained):
    result = explorer("models")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert [line.split()[0] for line in lines] == list(MODELS)
    n_parameters = f"{tiny_model('continue').n_parameters():,}"
    assert lines[1].split()[1:] == ["decoder", n_parameters, "A", "tiny", "model"]
    assert result.stderr == f"{pretrained.name}/broken/config.json is missing.\n"


def test_models_of_an_empty_folder(explorer, monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_PRETRAINED", str(tmp_path))
    assert one_sentence(explorer("models")) == f"There is no model in {tmp_path}."


@pytest.mark.parametrize("name", MODELS)
def test_trace_writes_everything_and_lists_it(explorer, tmp_path, name):
    out = tmp_path / "trace.npz"
    source = ("--source", "The owl hides three maps.") if name == "tiny-translate" else ()
    result = explorer("trace", "--model", name, "--text", TEXT, *source, "--out", out)
    assert result.exit_code == 0
    with np.load(out, allow_pickle=False) as file:
        content = {key: file[key] for key in file.files}
    listed = {line.split()[0]: line.split(maxsplit=1)[1].strip() for line in result.stdout.splitlines()[:-1]}
    assert listed == {key: str(list(array.shape)) for key, array in content.items()}
    assert result.stdout.splitlines()[-1] == f"{len(content)} arrays written to {out}"
    assert content["logits"].shape == (len(content["tokens.labels"]), 300)
    assert list(tmp_path.iterdir()) == [out]
    assert ("source.ids" in content) == bool(source)


def test_trace_says_that_the_model_wrote_the_target(explorer, tmp_path):
    result = explorer("trace", "--model", "tiny-translate", "--source", TEXT, "--out", tmp_path / "trace.npz")
    assert result.exit_code == 0
    assert result.stdout.startswith("The model wrote the target itself")


def test_trace_replaces_a_file(explorer, tmp_path):
    out = tmp_path / "any name"
    out.write_text("something else")
    assert explorer("trace", "--model", "tiny-gpt", "--text", TEXT, "--out", out).exit_code == 0
    with np.load(out) as file:
        assert str(file["model"]) == "tiny-gpt"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "gpt", "--text", "x"], "There is no model 'gpt'; there are: tiny-translate, tiny-gpt, tiny-bert."),
        (["--model", "tiny-gtp", "--text", "x"], "Did you mean tiny-gpt?"),
        (["--model", "broken", "--text", "x"], "config.json is missing."),
        (["--model", "tiny-gpt"], "The text is empty"),
        (["--model", "tiny-bert", "--text", "  "], "The text is empty"),
        (["--model", "tiny-gpt", "--text", "owl " * 100], "and this model has room for 29: please shorten it."),
        (["--model", "tiny-gpt", "--text", "\udcff"], "bytes that are no characters"),
        (["--model", "tiny-gpt", "--text", "x", "--source", "y"], "tiny-gpt has no source text"),
        (["--model", "tiny-translate", "--text", "x"], "give it a text to read with --source."),
        (["--model", "tiny-translate", "--source", "owl " * 100], "The source text has"),
    ],
)
def test_trace_of_wrong_input(explorer, tmp_path, arguments, words):
    assert words in one_sentence(explorer("trace", *arguments, "--out", tmp_path / "trace.npz"))
    assert list(tmp_path.iterdir()) == []


def test_trace_that_cannot_be_written(explorer, tmp_path):
    (tmp_path / "file").touch()
    for out, words in (
        (tmp_path, "is a folder: give --out the name of a file."),
        (tmp_path / "nowhere" / "trace.npz", f"there is no folder {tmp_path / 'nowhere'}."),
        (tmp_path / "file" / "trace.npz", f"there is no folder {tmp_path / 'file'}."),
        (tmp_path / ("x" * 300), "cannot be read or written: File name too long."),
    ):
        assert words in one_sentence(explorer("trace", "--model", "tiny-gpt", "--text", TEXT, "--out", out))


def test_unknown_device(explorer, monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_DEVICE", "abacus")
    result = explorer("trace", "--model", "tiny-gpt", "--text", TEXT, "--out", tmp_path / "x")
    assert "EXPLORER_DEVICE='abacus' is not on this machine" in one_sentence(result)
