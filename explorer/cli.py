"""The explorer without a browser: list the models, write a trace for NumPy, train, evaluate.

torch is imported inside the commands that need it, so that help and mistakes are answered at once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.model.catalogue import (
    CONFIG_FILE,
    WEIGHTS_FILE,
    find_entry,
    pretrained_folder,
    read_catalogue,
    sentence,
    write_figures,
)

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint

app = typer.Typer(
    help="Transformer Explorer on the command line.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # "[head, query, key]" in a help text is a shape, not markup
)


@app.command()
def models() -> None:
    """List the models that are there: name, kind, learned parameters, title; then what is wrong with the others."""
    entries, problems = read_catalogue()
    width = max(map(len, entries), default=0)
    for entry in entries.values():
        config, about = entry.config, entry.about
        print(f"{entry.name:{width}}  {config.architecture:15}  {about.n_parameters:>11,}  {about.title}")
    for problem in problems:
        print(problem, file=sys.stderr)
    if not entries:
        _fail(f"There is no model in {pretrained_folder()}")


@app.command()
def trace(
    model: Annotated[str, typer.Option(help="name of a model; `models` lists them")],
    out: Annotated[Path, typer.Option(help="the .npz file to write")],
    text: Annotated[
        str, typer.Option(help="what the model reads; for a translator the target, which it writes itself if empty")
    ] = "",
    source: Annotated[str, typer.Option(help="what a translator's encoder reads")] = "",
) -> None:
    """Run a text and write everything that was computed as named NumPy arrays.

    Names are paths: encoder.blocks.0.attention.weights [head, query, key], decoder.blocks.2.cross_attention.q
    [head, query, d_k], logits [position, vocab_size], tokens.ids and tokens.labels [position]; explorer/model/trace.py
    explains each. Read them with numpy.load(FILE), no pickle needed.
    """
    with _one_sentence():
        entry = find_entry(model)
        _check_out(out)
        if entry.config.has_cross_attention and not source.strip():
            raise ValueError(f"{model} translates: give it a text to read with --source")
        checkpoint = _load(model)
        from explorer.model.export import named_arrays, to_npz
        from explorer.model.files import write_file
        from explorer.model.run import run

        result = run(checkpoint, text, source)
        arrays = named_arrays(result)
        write_file(out, to_npz(arrays))
    if result.written:
        end = "" if result.finished else ", stopped before it came to an end"
        print(f"The model wrote the target itself{end}: {checkpoint.tokenizer.decode(result.tokens.ids)}")
    for name, array in arrays.items():
        print(f"{name:48} {list(array.shape)}")
    print(f"{len(arrays)} arrays written to {out}")


@app.command()
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
    with _one_sentence():
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


@app.command()
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
        typer.Option("--save", help="write the figures that sum the model up into its config.json, for all to see"),
    ] = False,
) -> None:
    """Measure a model on held-out text, beside simpler models.

    A translator: BLEU, greedy and with a beam. A GPT: perplexity, beside a Kneser-Ney 5-gram. A BERT: how many hidden
    tokens it names first, and its pseudo-perplexity, beside unigram and bigram.
    """
    with _one_sentence():
        find_entry(name)
        from explorer.training.recipe import load_recipe

        plan = load_recipe(recipe or name)
        _check_data(data)
        if by_length and not beside and f"{name}-bottleneck" in read_catalogue()[0]:
            beside = f"{name}-bottleneck"
        from tqdm import tqdm

        from explorer.training.evaluation import Options, sums_up
        from explorer.training.evaluation import evaluate as measure

        options = Options(split, beam, by_length, _load(beside) if beside else None)
        if save and not sums_up(plan, options):
            raise ValueError("--save keeps the figures of the test set: give it --split both or test_2016_flickr")
        checkpoint, figures = _load(name), []
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
            folder = checkpoint.entry.folder
            write_figures(folder, figures)
            print(f"Saved in {folder / CONFIG_FILE}:")
            for figure in figures:
                print(f"  {figure.name} {figure.value} ({figure.of})")


def _load(name: str) -> Checkpoint:
    from explorer.model.checkpoint import load_checkpoint
    from explorer.model.device import choose_device

    return load_checkpoint(find_entry(name).folder, choose_device())


def _stamp(checkpoint: Checkpoint) -> tuple[int, int]:
    """What tells whether the weights on disk are still those that were loaded."""
    status = (checkpoint.entry.folder / WEIGHTS_FILE).stat()
    return status.st_mtime_ns, status.st_size


def _check_out(path: Path) -> None:
    """Notice what cannot be written before anything is computed; ValueError saying so."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder: give --out the name of a file")
    if not path.parent.is_dir():
        raise ValueError(f"--out cannot be written: there is no folder {path.parent}")


def _check_data(folder: Path) -> None:
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}: --data names the one that holds the text")


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Whatever is wrong with the input is told in one sentence, and the exit code is 1."""
    try:
        yield
    except ValueError as error:
        _fail(error)
    except OSError as error:
        _fail(f"{error.filename or 'A file'} cannot be read or written: {error.strerror or error}")


def _fail(message: object) -> None:
    print(sentence(message), file=sys.stderr)
    raise typer.Exit(1)
