"""The command line in this process, over three tiny models or over the bundled ones."""

import pytest
from typer.testing import CliRunner

from explorer.cli import app
from explorer.model.checkpoint import save_checkpoint
from tests.bundled import checkpoint_of
from tests.cli.commands import MODELS
from tests.training.samples import about, tiny_model, tiny_tokenizer


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretrained")
    for name, task in MODELS.items():
        model = tiny_model(task)
        save_checkpoint(folder / name, model, tiny_tokenizer(task), about(model))
    (folder / "broken").mkdir()
    return folder


@pytest.fixture
def explorer(pretrained, monkeypatch):
    """Run the command line in this process; returns click's result, never an exception that is not an exit."""
    monkeypatch.setenv("EXPLORER_PRETRAINED", str(pretrained))
    monkeypatch.setenv("EXPLORER_DEVICE", "cpu")

    def call(*arguments):
        result = CliRunner().invoke(app, list(map(str, arguments)))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return call


@pytest.fixture
def bundled(monkeypatch):
    """Run the command line over the bundled models, each loaded once; ``lines`` are what stdin holds."""
    monkeypatch.delenv("EXPLORER_PRETRAINED", raising=False)
    monkeypatch.setattr("explorer.cli.loading.load", checkpoint_of)

    def call(*arguments, lines=b""):
        result = CliRunner().invoke(app, list(map(str, arguments)), input=lines)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return call
