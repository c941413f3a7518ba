"""The command line: what it writes, and one sentence with exit code 1 for everything that is wrong."""

import gc
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from explorer.cli import app
from explorer.model.catalogue import read_entry
from explorer.model.checkpoint import load_checkpoint, save_checkpoint
from explorer.model.measured import read_by_length
from explorer.training.interrupt import noticing_interrupts
from explorer.training.recipe import recipe_names
from tests.training.evaluated import write_splits
from tests.training.samples import TEXT, about, tiny_model, tiny_tokenizer, write_data, write_recipe

ROOT = Path(__file__).resolve().parents[1]
MODELS = {"tiny-translate": "translate", "tiny-gpt": "continue", "tiny-bert": "fill"}


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretrained")
    for name, task in MODELS.items():
        model = tiny_model(task)
        save_checkpoint(folder / name, model, tiny_tokenizer(task), about(model))
    (folder / "broken").mkdir()
    return folder


@pytest.fixture
def explorer(pretrained, monkeypatch):
    """Run the command line in this process; returns click's result, never an exception that is not an exit."""
    monkeypatch.setenv("EXPLORER_PRETRAINED", str(pretrained))
    monkeypatch.setenv("EXPLORER_DEVICE", "cpu")

    def call(*arguments):
        result = CliRunner().invoke(app, list(map(str, arguments)))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return call


def one_sentence(result):
    """The single line on stderr of a command that failed."""
    assert result.exit_code == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].endswith((".", "?"))
    assert not lines[0].endswith("..")
    return lines[0]


def test_help_names_every_command_without_torch():
    code = "import sys; from explorer.cli import app\ntry: app(['--help'])\nfinally: print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.endswith("False\n")
    for command in ("models", "trace", "train", "evaluate"):
        assert f"\n  {command}" in result.stdout


def test_module_runs_as_a_command():
    result = subprocess.run(
        [sys.executable, "-m", "explorer", "trace", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "python -m explorer trace" in result.stdout
    assert "[head, query, key]" in result.stdout


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


@pytest.fixture
def training(tmp_path):
    """A tiny recipe and the arguments to train it."""
    write_data(tmp_path / "data")
    recipe = write_recipe(tmp_path, "continue", updates="11")
    folders = [f"--{name}={tmp_path / name}" for name in ("data", "runs", "out")]
    return ["train", str(recipe), *folders]


def test_train_reports_and_writes_a_checkpoint_that_evaluate_reads(explorer, training, tmp_path):
    result = explorer(*training)
    assert result.exit_code == 0
    for update in (5, 10, 11):
        assert f"update {update}: validation loss " in result.stdout
    assert "11/11" in result.stderr
    name = "tiny-continue"
    assert load_checkpoint(tmp_path / "out" / name).entry.about.title == "A tiny model"
    result = explorer("evaluate", "tiny-gpt", "--data", tmp_path / "data", "--recipe", training[1])
    assert result.exit_code == 0
    assert result.stdout.startswith("validation: perplexity ")


def test_train_for_fewer_updates_than_the_recipe_says(explorer, training, tmp_path):
    result = explorer(*training, "--updates", 3)
    assert result.exit_code == 0
    assert "3/3" in result.stderr and "update 3: validation loss " in result.stdout
    assert (tmp_path / "out" / "tiny-continue" / "model.safetensors").is_file()
    assert explorer(*training, "--updates", 0).exit_code != 0


def test_figures_are_saved_where_asked_and_dropped_with_the_weights(explorer, training, tmp_path, monkeypatch):
    explorer(*training)
    monkeypatch.setenv("EXPLORER_PRETRAINED", str(tmp_path / "out"))
    folder = tmp_path / "out" / "tiny-continue"
    evaluate = ("evaluate", "tiny-continue", "--data", tmp_path / "data", "--recipe", training[1])
    assert "Saved" not in explorer(*evaluate).stdout
    assert read_entry(folder).about.figures == ()
    lines = explorer(*evaluate, "--save").stdout.splitlines()
    figures = read_entry(folder).about.figures
    assert [figure.value for figure in figures] == lines[2].split()[-2:]  # the model's row of the table
    at = lines.index(f"Saved in {folder / 'config.json'}:")
    assert lines[at + 1 :] == [f"  {figure.name} {figure.value} ({figure.of})" for figure in figures]
    weights = (folder / "model.safetensors").read_bytes()
    explorer(*training)  # finished: exports once more
    assert (folder / "model.safetensors").read_bytes() == weights
    assert read_entry(folder).about.figures == ()


def test_figures_of_replaced_weights_are_not_saved(explorer, training, tmp_path, monkeypatch):
    from explorer.training.evaluation import continuation

    explorer(*training)
    monkeypatch.setenv("EXPLORER_PRETRAINED", str(tmp_path / "out"))
    folder, measure = tmp_path / "out" / "tiny-continue", continuation.total_nats

    def replacing(*arguments):
        save_checkpoint(folder, tiny_model("continue"), tiny_tokenizer("continue"), about(tiny_model("continue")))
        return measure(*arguments)

    monkeypatch.setattr(continuation, "total_nats", replacing)
    result = explorer("evaluate", "tiny-continue", "--data", tmp_path / "data", "--recipe", training[1], "--save")
    assert result.exit_code == 1
    assert result.stderr == ("tiny-continue was replaced while it was measured: nothing is saved, evaluate it again.\n")
    assert read_entry(folder).about.figures == ()


def test_figures_of_the_validation_set_do_not_sum_a_translator_up(explorer, tmp_path):
    recipe = write_recipe(tmp_path, "translate")
    arguments = ("tiny-translate", "--data", write_data(tmp_path / "data"), "--recipe", recipe)
    message = one_sentence(explorer("evaluate", *arguments, "--split", "validation", "--save"))
    assert message == "--save keeps the figures of the test set: give it --split both or test_2016_flickr."


def test_figures_by_length_are_saved_beside_and_dropped_with_the_weights(explorer, tmp_path, monkeypatch):
    recipe, data = write_recipe(tmp_path, "translate"), write_splits(tmp_path / "data")
    model, tokenizer = tiny_model("translate"), tiny_tokenizer("translate")
    folder = tmp_path / "out" / "tiny-translate"
    save_checkpoint(folder, model, tokenizer, about(model))
    monkeypatch.setenv("EXPLORER_PRETRAINED", str(folder.parent))
    arguments = ("tiny-translate", "--data", data, "--recipe", recipe, "--split", "test_2016_flickr", "--beam", 2)
    assert explorer("evaluate", *arguments, "--save").exit_code == 0
    assert not (folder / "evaluation.json").exists()
    result = explorer("evaluate", *arguments, "--by-length", "--save")
    assert result.exit_code == 0
    assert f"Saved in {folder / 'evaluation.json'}: BLEU by length, test_2016_flickr" in result.stdout
    (table,) = read_by_length(folder)
    assert (table.split, table.beam, sum(bucket.sentences for bucket in table.buckets)) == ("test_2016_flickr", 2, 60)
    assert read_entry(folder).about.figures
    save_checkpoint(folder, model, tokenizer, about(model))
    assert not (folder / "evaluation.json").exists()


def test_train_interrupted_says_how_to_go_on_and_does(explorer, training, tmp_path, monkeypatch):
    from explorer.training import loop

    validate, press = loop.validation_loss, [5]

    def interrupting(*arguments):
        if press:
            press.pop()
            signal.raise_signal(signal.SIGINT)
        return validate(*arguments)

    monkeypatch.setattr(loop, "validation_loss", interrupting)
    before = signal.getsignal(signal.SIGINT)
    result = explorer(*training)
    assert result.exit_code == 1
    last = result.stderr.splitlines()[-1]
    assert (
        last == f"Interrupted and saved in {tmp_path / 'runs' / 'tiny-continue'}: run the same command again to go on."
    )
    assert "update 5: validation" in result.stdout
    assert signal.getsignal(signal.SIGINT) is before
    result = explorer(*training)
    assert result.exit_code == 0
    assert "update 5:" not in result.stdout
    assert "update 10: validation" in result.stdout


def test_second_interrupt_stops_at_once(explorer, training, monkeypatch):
    from explorer.training import loop

    def interrupting(*_):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(loop, "validation_loss", interrupting)
    result = explorer(*training)
    gc.collect()  # the generator of batches, left in the middle
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "Interrupted: run the same command again to go on from the last save."


def test_interrupts_are_as_before_outside_the_block(capsys):
    before = signal.getsignal(signal.SIGINT)
    with noticing_interrupts() as noticed:
        assert not noticed()
        signal.raise_signal(signal.SIGINT)
        assert noticed()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert "Ctrl-C again stops at once" in capsys.readouterr().err


def test_train_of_wrong_input(explorer, training, tmp_path):
    message = one_sentence(explorer("train", "translator", "--data", tmp_path / "data"))
    assert message.startswith("There is no recipe 'translator'; there are: ")
    assert all(name in message for name in recipe_names())
    message = one_sentence(explorer("train", training[1], "--data", tmp_path / "nowhere"))
    assert message == f"There is no folder {tmp_path / 'nowhere'}: --data names the one that holds the text."
    (tmp_path / "data" / "val.en").unlink()
    assert explorer(*training).stderr.splitlines()[-1].endswith("val.en is missing: does --data name the right folder?")


def test_train_where_nothing_can_be_written(explorer, training, tmp_path):
    (tmp_path / "runs").touch()
    result = explorer(*training)
    assert result.exit_code == 1
    assert (
        result.stderr.splitlines()[-1]
        == f"{tmp_path / 'runs' / 'tiny-continue'} cannot be read or written: Not a directory."
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tiny", "--data", "."], "There is no model 'tiny'"),
        (["tiny-gpt", "--data", "/nowhere"], "There is no recipe 'tiny-gpt'"),
        (["tiny-gpt", "--data", "/nowhere", "--recipe", "gpt-captions"], "There is no folder /nowhere"),
        (["tiny-gpt", "--data", ".", "--recipe", "gpt-captions"], "val.en.gz is missing"),
        (["tiny-bert", "--data", ".", "--recipe", "gpt-captions"], "tiny-bert is of architecture 'encoder'"),
    ],
)
def test_evaluate_of_wrong_input(explorer, arguments, words):
    assert words in one_sentence(explorer("evaluate", *arguments))
