"""`add`, `remove`: models of the Hugging Face hub and of folders, which are then there for every command and page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.errors import one_sentence
from explorer.hub.added import FOLDER
from explorer.hub.adding import add_folder, add_from_hub
from explorer.hub.folders import candidates
from explorer.model.catalogue import Entry


def add(
    model: Annotated[
        str,
        typer.Argument(help="a name on huggingface.co, as openai-community/gpt2, or a folder inside EXPLORER_MODELS"),
    ],
) -> None:
    """Add a model: download it from the hub, or take it from a folder; what cannot be opened is refused.

    A GPT-2, BERT, DistilBERT, RoBERTa, Marian, BART or T5 with safetensors. After the name may stand @ and a branch or
    a commit. Nothing else than this command and the page Models uses the network.
    """
    with one_sentence():
        if model.startswith(FOLDER):
            entry = add_folder(model.removeprefix(FOLDER))
        elif Path(model).is_dir():
            entry = add_folder(str(Path(model).absolute()))
        elif model in candidates():
            entry = add_folder(model)
        else:
            with _progress(model) as progress:
                entry = add_from_hub(model, progress=progress)
    print(_said(entry))


def remove(
    model: Annotated[str, typer.Argument(help="the name of an added model; `models` lists them")],
    delete: Annotated[bool, typer.Option("--delete", help="delete what was downloaded for it, too")] = False,
) -> None:
    """Take an added model off the list. A folder that was not downloaded is never deleted."""
    from explorer.hub.added import remove as take_off

    with one_sentence():
        take_off(model, delete_files=delete)
    print(f"{model} is off the list.")


def _said(entry: Entry) -> str:
    lines = [f"{entry.name} is here: {entry.about.n_parameters:,} parameters, {entry.config.architecture}."]
    return "\n".join([*lines, *entry.notes])


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int, int], None]]:
    from tqdm import tqdm

    with tqdm(desc=name, unit="B", unit_scale=True, leave=False, disable=None) as bar:  # on a terminal alone

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show
