"""Training and evaluating: what is written, what is said, and how an interruption ends."""

import gc
import signal

import pytest

from explorer.model.catalogue import read_entry
from explorer.model.checkpoint import load_checkpoint, save_checkpoint
from explorer.model.measured import read_by_length
from explorer.training.interrupt import noticing_interrupts
from explorer.training.recipe import recipe_names
from tests.cli.commands import one_sentence
from tests.training.evaluated import write_splits
from tests.training.samples import about, tiny_model, tiny_tokenizer, write_data, write_recipe


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
