"""Looking at what is there: the list of models, and everything that one of them computes for a text."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.errors import check_out, fail, one_sentence
from explorer.cli.loading import load
from explorer.hub.models import find_any, read_all
from explorer.model.catalogue import pretrained_folder


class Format(StrEnum):
    """Whose names the arrays have."""

    npz = "npz"
    transformer_lens = "transformer-lens"


def models() -> None:
    """List the models that are there, the explorer's own first: name, kind, learned parameters, title; then what is
    wrong with the others.
    """
    entries, problems = read_all()
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
    form: Annotated[
        Format, typer.Option("--format", help="npz: the explorer's names; transformer-lens: those of TransformerLens")
    ] = Format.npz,
) -> None:
    """Run a text and write everything that was computed as named NumPy arrays.

    Names are paths: encoder.blocks.0.attention.weights [head, query, key], decoder.blocks.2.cross_attention.q
    [head, query, d_k], logits [position, vocab_size], tokens.ids and tokens.labels [position]; explorer/model/trace.py
    explains each. Read them with numpy.load(FILE), no pickle needed.

    With --format transformer-lens the names and shapes are those of a TransformerLens cache, the batch of 1 included:
    blocks.0.attn.hook_pattern [1, head, query, key]; explorer/analysis/transformer_lens.py says which.
    """
    with one_sentence():
        entry = find_any(model)
        check_out(out)
        if entry.config.has_cross_attention and not source.strip():
            raise ValueError(f"{model} translates: give it a text to read with --source")
        if form is Format.transformer_lens:
            from explorer.analysis.transformer_lens import check_has_names, transformer_lens_cache

            check_has_names(entry.config, model)
        checkpoint = load(model)
        from explorer.model.export import named_arrays, to_npz
        from explorer.model.files import write_file
        from explorer.model.run import run

        result = run(checkpoint, text, source)
        arrays = transformer_lens_cache(result) if form is Format.transformer_lens else named_arrays(result)
        write_file(out, to_npz(arrays))
    if result.written:
        end = "" if result.finished else ", stopped before it came to an end"
        print(f"The model wrote the target itself{end}: {checkpoint.tokenizer.decode(result.tokens.ids)}")
    for name, array in arrays.items():
        print(f"{name:48} {list(array.shape)}")
    print(f"{len(arrays)} arrays written to {out}")
