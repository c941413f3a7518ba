"""``python -m explorer``: see explorer/cli.py."""

from explorer.cli import app

app(prog_name="python -m explorer")
