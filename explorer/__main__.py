"""``python -m explorer``: see explorer/cli/__init__.py."""

from explorer.cli import app

if __name__ == "__main__":
    app(prog_name="python -m explorer")
