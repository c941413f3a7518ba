"""``python -m explorer``: see explorer/cli.py."""

from explorer.cli import app

if __name__ == "__main__":
    app(prog_name="python -m explorer")
