"""Run a recipe from text files to a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import torch

from explorer.model.catalogue import TOKENIZER_FILE, About
from explorer.model.checkpoint import save_checkpoint
from explorer.model.tokenizer import TextTokenizer
from explorer.model.transformer import Transformer
from explorer.training.data import DATA, FillingData, StreamData, read_files, read_text, special_tokens, split_stream
from explorer.training.loop import Progress, Trainer
from explorer.training.recipe import Recipe
from explorer.training.state import has_state


def train(
    recipe: Recipe,
    data_folder: Path,
    run_folder: Path,
    out_folder: Path,
    device: torch.device,
    report: Callable[[Progress], None] = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Train a recipe, going on from ``run_folder`` if an interrupted run lies there, and write ``out_folder``.

    The checkpoint is written at each validation, so that an unfinished run can be looked at. When ``stop()`` becomes
    true the run is saved after the current update, and left. Returns whether the recipe's last update was reached.
    """
    trainer, tokenizer = prepare(recipe, data_folder, run_folder, device)

    def report_and_export(progress: Progress) -> None:
        if progress.validation_loss is not None:
            export(trainer, tokenizer, out_folder)
        report(progress)

    trainer.run(report_and_export, stop)
    finished = trainer.update >= recipe.updates
    if finished:
        export(trainer, tokenizer, out_folder)
    return finished


def prepare(recipe: Recipe, data_folder: Path, run_folder: Path, device: torch.device) -> tuple[Trainer, TextTokenizer]:
    """Read the data, learn the vocabulary (or reload an interrupted run's), and build the model from the recipe's seed.

    Raises
    ------
    ValueError
        If a file of the data is missing or damaged, or the saved vocabulary is.
    """
    if recipe.units == "characters":
        texts = split_stream(read_text(data_folder / recipe.train[0]))
        tokenizer = _tokenizer(recipe, run_folder, texts)
        data, validation = (StreamData(text, tokenizer, recipe.transformer["max_len"]) for text in texts)
    else:
        files = [read_files(data_folder, names) for names in (recipe.train, recipe.validation)]
        tokenizer = _tokenizer(recipe, run_folder, (line for file in files[0] for line in file))
        max_len = recipe.config(tokenizer.vocab_size).max_len
        data, validation = (DATA[recipe.task](lines, tokenizer, max_len) for lines in files)
        if isinstance(data, FillingData):
            data.masked = recipe.masked
    config = recipe.config(tokenizer.vocab_size)
    torch.manual_seed(recipe.seed)
    return Trainer(recipe, Transformer(config), data, validation, run_folder, device), tokenizer


def export(trainer: Trainer, tokenizer: TextTokenizer, folder: Path) -> None:
    """Write the averaged weights as a checkpoint.

    Figures that an older checkpoint in ``folder`` has are dropped: they were measured on other weights.
    """
    recipe, model = trainer.recipe, trainer.averaged_model()
    about = About(recipe.title, recipe.reads, recipe.licence, model.n_parameters(), recipe.examples)
    save_checkpoint(folder, model, tokenizer, about)


def _tokenizer(recipe: Recipe, run_folder: Path, lines: Iterable[str]) -> TextTokenizer:
    """The vocabulary of an interrupted run, or a new one, learned from lines and saved there."""
    path = run_folder / TOKENIZER_FILE
    if has_state(run_folder):  # without a state, what lies there may be another recipe's
        return _reload(path)
    run_folder.mkdir(parents=True, exist_ok=True)
    special = special_tokens(recipe.task, recipe.units)
    tokenizer = TextTokenizer.train(lines, recipe.vocab_size, special, recipe.units)
    tokenizer.save(path)
    return tokenizer


def _reload(path: Path) -> TextTokenizer:
    try:
        return TextTokenizer.load(path)
    except ValueError as error:
        raise ValueError(f"{path} of the saved run is damaged ({error}): delete that folder to start anew") from None
