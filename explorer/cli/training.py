"""Training a model from its recipe, and measuring it on held-out text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.errors import one_sentence
from explorer.cli.loading import load
from explorer.model.catalogue import (
    CONFIG_FILE,
    WEIGHTS_FILE,
    Figure,
    find_entry,
    pretrained_folder,
    read_catalogue,
    write_figures,
)
from explorer.model.measured import EVALUATION_FILE, ByLength, write_by_length

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint


def train(
    recipe: Annotated[str, typer.Argument(help="name of a recipe, or a path to a TOML file")],
    data: Annotated[Path, typer.Option(help="folder with the training text")],
    runs: Annotated[Path, typer.Option(help="folder for the state of unfinished runs")] = Path("runs"),
    out: Annotated[Path | None, typer.Option(help="folder for the checkpoint's folder, by default pretrained")] = None,
    updates: Annotated[
        int | None, typer.Option(min=1, help="a shorter run, or a longer one: by default as many as the recipe says")
    ] = None,
) -> None:
    """Train a model; run the same command again after an interruption and it goes on from its last save."""
    with one_sentence():
        from explorer.training.recipe import load_recipe

        plan = load_recipe(recipe)
        if updates:
            plan = replace(plan, updates=updates)
        _check_data(data)
        from tqdm import tqdm

        from explorer.model.device import choose_device
        from explorer.training.interrupt import noticing_interrupts
        from explorer.training.train import train as train_recipe

        def report(progress) -> None:
            bar.update(progress.update - bar.n)
            bar.set_postfix(loss=f"{progress.loss:.3f}", refresh=False)
            if progress.validation_loss is not None:
                bar.write(f"update {progress.update}: validation loss {progress.validation_loss:.4f} nats per token")

        folders = (data, runs / plan.name, (out or pretrained_folder()) / plan.name)
        try:
            with noticing_interrupts() as stop, tqdm(total=plan.updates, unit="update", desc=plan.name) as bar:
                finished = train_recipe(plan, *folders, choose_device(), report, stop)
        except KeyboardInterrupt:
            raise ValueError("Interrupted: run the same command again to go on from the last save") from None
        if not finished:
            raise ValueError(f"Interrupted and saved in {runs / plan.name}: run the same command again to go on")


def evaluate(
    name: Annotated[str, typer.Argument(help="name of a model; `models` lists them")],
    data: Annotated[Path, typer.Option(help="folder with the held-out text")],
    recipe: Annotated[str, typer.Option(help="whose held-out text; by default the recipe of the model's name")] = "",
    split: Annotated[
        str, typer.Option(help="which text a translator is measured on: validation, test_2016_flickr or both")
    ] = "both",
    beam: Annotated[int, typer.Option(help="width of the beam that a translator is measured with, beside greedy")] = 5,
    by_length: Annotated[
        bool, typer.Option("--by-length", help="BLEU by the source's length too, and NAME-bottleneck's if there is one")
    ] = False,
    beside: Annotated[str, typer.Option(help="another translator for the same figures by length")] = "",
    save: Annotated[
        bool,
        typer.Option(
            "--save",
            help="write the figures that sum the model up into its config.json, and those by length into its "
            "evaluation.json, for all to see",
        ),
    ] = False,
) -> None:
    """Measure a model on held-out text, beside simpler models.

    A translator: BLEU, greedy and with a beam. A GPT: perplexity, beside a Kneser-Ney 5-gram. A BERT: how many hidden
    tokens it names first, and its pseudo-perplexity, beside unigram and bigram.
    """
    with one_sentence():
        find_entry(name)
        from explorer.training.recipe import load_recipe

        plan = load_recipe(recipe or name)
        _check_data(data)
        if by_length and not beside and f"{name}-bottleneck" in read_catalogue()[0]:
            beside = f"{name}-bottleneck"
        from tqdm import tqdm

        from explorer.training.evaluation import Options, sums_up
        from explorer.training.evaluation import evaluate as measure

        options = Options(split, beam, by_length, load(beside) if beside else None)
        if save and not sums_up(plan, options):
            raise ValueError("--save keeps the figures of the test set: give it --split both or test_2016_flickr")
        checkpoint, figures = load(name), []
        weights = _stamp(checkpoint)

        def watch(items, words):
            return tqdm(items, desc=words, leave=False, delay=1, disable=None)  # on a terminal alone

        try:
            for line in measure(checkpoint, plan, data, options, watch, figures.append):
                print(line, flush=True)
        except KeyboardInterrupt:
            raise ValueError("Interrupted: only what is printed above was measured") from None
        if save:
            if _stamp(checkpoint) != weights:
                raise ValueError(f"{name} was replaced while it was measured: nothing is saved, evaluate it again")
            _save(checkpoint.entry.folder, figures)


def _save(folder: Path, kept: list[Figure | ByLength]) -> None:
    """Write what an evaluation keeps: the figures into config.json, the tables by length into a file of their own."""
    figures = [figure for figure in kept if isinstance(figure, Figure)]
    write_figures(folder, figures)
    print(f"Saved in {folder / CONFIG_FILE}:")
    for figure in figures:
        print(f"  {figure.name} {figure.value} ({figure.of})")
    if tables := [table for table in kept if isinstance(table, ByLength)]:
        write_by_length(folder, tables)
        print(f"Saved in {folder / EVALUATION_FILE}: BLEU by length, {', '.join(table.split for table in tables)}")


def _stamp(checkpoint: Checkpoint) -> tuple[int, int]:
    """What tells whether the weights on disk are still those that were loaded."""
    status = (checkpoint.entry.folder / WEIGHTS_FILE).stat()
    return status.st_mtime_ns, status.st_size


def _check_data(folder: Path) -> None:
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}: --data names the one that holds the text")
