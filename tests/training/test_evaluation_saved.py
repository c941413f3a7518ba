"""Figures by length in a model's folder: written where asked, and gone with the weights that they were measured on."""

from __future__ import annotations

from typer.testing import CliRunner

from explorer.cli import app
from explorer.model.catalogue import read_entry
from explorer.model.checkpoint import save_checkpoint
from explorer.model.measured import EVALUATION_FILE, read_by_length
from tests.training.evaluated import write_splits
from tests.training.samples import about, tiny_model, tiny_tokenizer, write_recipe


def test_figures_by_length_are_saved_and_dropped_with_the_weights(tmp_path, monkeypatch):
    recipe, data = write_recipe(tmp_path, "translate"), write_splits(tmp_path / "data")
    model, folder = tiny_model("translate"), tmp_path / "out" / "tiny-translate"
    save_checkpoint(folder, model, tiny_tokenizer("translate"), about(model))
    monkeypatch.setenv("EXPLORER_PRETRAINED", str(folder.parent))
    options = ["--data", data, "--recipe", recipe, "--split", "test_2016_flickr", "--beam", 2, "--save"]
    evaluate = [str(argument) for argument in ("evaluate", "tiny-translate", *options)]
    assert CliRunner().invoke(app, evaluate).exit_code == 0
    assert not (folder / EVALUATION_FILE).exists()
    result = CliRunner().invoke(app, [*evaluate, "--by-length"])
    assert result.exit_code == 0
    assert f"Saved in {folder / EVALUATION_FILE}: BLEU by length, test_2016_flickr" in result.stdout
    (table,) = read_by_length(folder)
    assert (table.split, table.beam, sum(bucket.sentences for bucket in table.buckets)) == ("test_2016_flickr", 2, 60)
    assert read_entry(folder).about.figures
    save_checkpoint(folder, model, tiny_tokenizer("translate"), about(model))
    assert not (folder / EVALUATION_FILE).exists()
