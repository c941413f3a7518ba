"""The explorer without a browser: what the pages show, and training, as commands that read and write text.

torch is imported inside the commands that need it, so that help and mistakes are answered at once.
"""

from __future__ import annotations

import typer

from explorer.cli.adding import add, remove
from explorer.cli.counting import params
from explorer.cli.filling import fill
from explorer.cli.generating import generate
from explorer.cli.inspecting import models, trace
from explorer.cli.scoring import score
from explorer.cli.training import evaluate, train
from explorer.cli.translating import translate

app = typer.Typer(
    help="Transformer Explorer on the command line.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # "[head, query, key]" in a help text is a shape, not markup
)
for command in (models, add, remove, params, translate, generate, fill, score, trace, train, evaluate):
    app.command()(command)
