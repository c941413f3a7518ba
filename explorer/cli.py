"""The explorer without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from explorer.model.catalogue import PRETRAINED

app = typer.Typer(help="Transformer Explorer on the command line.", no_args_is_help=True, add_completion=False)


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="name of a recipe, or a path to a TOML file")],
    data: Annotated[Path, typer.Option(help="folder with the training text")],
    runs: Annotated[Path, typer.Option(help="folder for the state of unfinished runs")] = Path("runs"),
    out: Annotated[Path, typer.Option(help="folder in which the checkpoint's folder is written")] = PRETRAINED,
) -> None:
    """Train a model; run the same command again after an interruption and it goes on from its last save."""
    from explorer.model.device import choose_device
    from explorer.training.recipe import load_recipe
    from explorer.training.train import train as train_recipe

    try:
        plan = load_recipe(recipe)
        with tqdm(total=plan.updates, unit="update", desc=plan.name) as bar:

            def report(progress) -> None:
                bar.update(progress.update - bar.n)
                bar.set_postfix(loss=f"{progress.loss:.3f}", refresh=False)
                if progress.validation_loss is not None:
                    bar.write(f"update {progress.update}: validation loss {progress.validation_loss:.4f} nats per token")

            train_recipe(plan, data, runs / plan.name, out / plan.name, choose_device(), report)
    except ValueError as error:
        raise SystemExit(str(error)) from None


@app.command()
def models() -> None:
    """List the models that are there."""
    from explorer.model.catalogue import read_catalogue

    entries, problems = read_catalogue()
    for entry in entries.values():
        print(f"{entry.name:24} {entry.config.architecture:16} {entry.about.n_parameters:>10,}  {entry.about.title}")
    for problem in problems:
        print(problem)
