"""Run a recipe from text files to a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from explorer.model.catalogue import TOKENIZER_FILE, About
from explorer.model.checkpoint import save_checkpoint
from explorer.model.tokenizer import TextTokenizer
from explorer.model.transformer import Transformer
from explorer.training.data import DATA, SPECIAL_TOKENS, read_files
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
    train_files, validation_files = (read_files(data_folder, names) for names in (recipe.train, recipe.validation))
    tokenizer_path = run_folder / TOKENIZER_FILE
    # Without a state, what lies there may be another recipe's.
    if has_state(run_folder):
        tokenizer = _reload(tokenizer_path)
    else:
        run_folder.mkdir(parents=True, exist_ok=True)
        lines = (line for file in train_files for line in file)
        tokenizer = TextTokenizer.train(lines, recipe.vocab_size, SPECIAL_TOKENS[recipe.task])
        tokenizer.save(tokenizer_path)
    config = recipe.config(tokenizer.vocab_size)
    data, validation = (
        DATA[recipe.task](files, tokenizer, config.max_len) for files in (train_files, validation_files)
    )
    torch.manual_seed(recipe.seed)
    return Trainer(recipe, Transformer(config), data, validation, run_folder, device), tokenizer


def export(trainer: Trainer, tokenizer: TextTokenizer, folder: Path) -> None:
    """Write the averaged weights as a checkpoint."""
    recipe, model = trainer.recipe, trainer.averaged_model()
    about = About(recipe.title, recipe.reads, recipe.licence, model.n_parameters(), recipe.examples)
    save_checkpoint(folder, model, tokenizer, about)


def _reload(path: Path) -> TextTokenizer:
    try:
        return TextTokenizer.load(path)
    except ValueError as error:
        raise ValueError(f"{path} of the saved run is damaged ({error}): delete that folder to start anew") from None
