"""The arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[str, typer.Option(help="name of a model; `models` lists them")]
File = Annotated[Path | None, typer.Argument(help="lines to read, UTF-8; without one, or with -, from stdin")]
Out = Annotated[Path | None, typer.Option(help="a file for the answers, in place of stdout")]
Json = Annotated[bool, typer.Option("--json", help="answer each line with a JSON object, which says everything")]
SkipErrors = Annotated[
    bool, typer.Option("--skip-errors", help="go on without the lines that cannot be read, and count them at the end")
]
LengthPenalty = Annotated[
    float, typer.Option(help="alpha: a beam compares texts by log p / length^alpha", min=0, max=5)
]
