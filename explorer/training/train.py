"""Run a recipe from text files to a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from explorer.model.catalogue import TOKENIZER_FILE, About
from explorer.model.checkpoint import save_checkpoint
from explorer.model.tokenizer import TextTokenizer
from explorer.model.transformer import Transformer
from explorer.training.data import DATA, SPECIAL_TOKENS, read_lines
from explorer.training.loop import Progress, Trainer
from explorer.training.recipe import Recipe


def train(
    recipe: Recipe,
    data_folder: Path,
    run_folder: Path,
    out_folder: Path,
    device: torch.device,
    report: Callable[[Progress], None] = lambda progress: None,
) -> None:
    """Train a recipe, going on from ``run_folder`` if an interrupted run lies there, and write ``out_folder``.

    The checkpoint is written at each validation, so that an unfinished run can be looked at.
    """
    trainer, tokenizer = prepare(recipe, data_folder, run_folder, device)

    def report_and_export(progress: Progress) -> None:
        if progress.validation_loss is not None:
            export(trainer, tokenizer, out_folder)
        report(progress)

    trainer.run(report_and_export)
    export(trainer, tokenizer, out_folder)


def prepare(recipe: Recipe, data_folder: Path, run_folder: Path, device: torch.device) -> tuple[Trainer, TextTokenizer]:
    """Read the data, learn (or reload) the vocabulary, and build the model from the recipe's seed."""
    train_lines = [read_lines(data_folder / name) for name in recipe.train]
    validation_lines = [read_lines(data_folder / name) for name in recipe.validation]
    tokenizer_path = run_folder / TOKENIZER_FILE
    if tokenizer_path.is_file():
        tokenizer = TextTokenizer.load(tokenizer_path)
    else:
        run_folder.mkdir(parents=True, exist_ok=True)
        lines = (line for file in train_lines for line in file)
        tokenizer = TextTokenizer.train(lines, recipe.vocab_size, SPECIAL_TOKENS[recipe.task])
        tokenizer.save(tokenizer_path)
    config = recipe.config(tokenizer.vocab_size)
    data, validation = (
        DATA[recipe.task](lines, tokenizer, config.max_len) for lines in (train_lines, validation_lines)
    )
    torch.manual_seed(recipe.seed)
    return Trainer(recipe, Transformer(config), data, validation, run_folder, device), tokenizer


def export(trainer: Trainer, tokenizer: TextTokenizer, folder: Path) -> None:
    """Write the averaged weights as a checkpoint."""
    recipe, model = trainer.recipe, trainer.averaged_model()
    about = About(recipe.title, recipe.reads, recipe.licence, model.n_parameters(), recipe.examples)
    save_checkpoint(folder, model, tokenizer, about)
