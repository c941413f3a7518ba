"""Looking at what is there: the list of models, and everything that one of them computes for a text."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.errors import check_out, fail, one_sentence
from explorer.cli.loading import load
from explorer.model.catalogue import find_entry, pretrained_folder, read_catalogue


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
        fail(f"There is no model in {pretrained_folder()}")


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
    with one_sentence():
        entry = find_entry(model)
        check_out(out)
        if entry.config.has_cross_attention and not source.strip():
            raise ValueError(f"{model} translates: give it a text to read with --source")
        checkpoint = load(model)
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
