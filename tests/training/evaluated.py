"""Tiny checkpoints and data folders for the figures."""

from __future__ import annotations

from explorer.model.catalogue import Entry
from explorer.model.checkpoint import Checkpoint
from explorer.training.evaluation.bleu import moses_text
from tests.training.samples import FLIPPED, about, tiny_model, tiny_tokenizer, write_data


def tiny_checkpoint(task, tmp_path, name="tiny", **options):
    model = tiny_model(task, **options)
    return Checkpoint(Entry(name, tmp_path, model.config, about(model)), tiny_tokenizer(task), model)


def write_splits(folder, *, tokenized=True):
    """The tiny recipes' data with a test set, and the references' lower-cased form for both sets."""
    data = write_data(folder)
    for language in ("en", "xx"):
        (data / f"test_2016_flickr.{language}").write_text((data / f"train.{language}").read_text(encoding="utf-8"))
    if tokenized:
        (data / "tok").mkdir()
        for split, lines in {"val": FLIPPED[::7], "test_2016_flickr": FLIPPED}.items():
            path = data / "tok" / f"{split}.lc.norm.tok.xx"
            path.write_text("\n".join(moses_text(lines, "xx")) + "\n", encoding="utf-8")
    return data
