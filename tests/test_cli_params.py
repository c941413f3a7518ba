"""`params` prints the ledger of the page, for published models, bundled ones, and configurations in a file."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from explorer.analysis.presets import PRESETS
from explorer.cli import app
from explorer.model.catalogue import CONFIG_FILE
from explorer.model.shapes import count_parameters, parameter_shapes
from tests.bundled import MODELS
from tests.golden.random_models import make_config


def call(*arguments):
    return CliRunner().invoke(app, ["params", *arguments])


def ledger(*arguments):
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_the_boards_numbers_without_an_option():
    found = ledger()
    assert found["attention_layer"] == {"exact": 1_048_576, "board": 2_621_440}
    assert found["crossing_length"] == 3072
    text = call().stdout
    assert "1,048,576" in text and "2,621,440" in text and "about 65,000,000" in text


@pytest.mark.parametrize("name", PRESETS)
def test_presets(name):
    found, preset = ledger("--preset", name), PRESETS[name]
    assert found["total"] == sum(array["total"] for array in found["arrays"]) == count_parameters(preset.config)
    assert found["published"]["ours"] == preset.total
    assert f"{preset.published:,}" in call("--preset", name).stdout


@pytest.mark.parametrize("name", MODELS)
def test_bundled_models(name):
    found = ledger("--model", name)
    assert found["total"] == MODELS[name].about.n_parameters
    assert "published" not in found
    assert f"{found['total']:,}" in call("--model", name).stdout


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_configuration_in_a_file(tmp_path, wrapped):
    config = make_config("encoder-decoder", n_decoder_layers=3, attention_bias=True)
    path = tmp_path / "shape.json"
    path.write_text(json.dumps({"transformer": config.to_dict()} if wrapped else config.to_dict()))
    found = ledger("--config", str(path))
    assert found["total"] == count_parameters(config)
    assert sum(array["times"] for array in found["arrays"]) == len(parameter_shapes(config))


def test_a_models_own_config_file():
    entry = next(iter(MODELS.values()))
    assert ledger("--config", str(entry.folder / CONFIG_FILE))["total"] == entry.about.n_parameters


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "does not describe a model"),
        ("[1, 2]", "does not describe a model: it is no JSON object"),
        ("{}", "field 'architecture' is missing"),
        (json.dumps({**make_config("decoder").to_dict(), "heads": 3}), "unknown field 'heads'"),
        (json.dumps({**make_config("decoder").to_dict(), "n_heads": 0}), "n_heads must be a whole number"),
        ("[" * 100_000, "does not describe a model"),
    ],
    ids=["empty", "list", "nothing", "unknown", "zero", "deep"],
)
def test_a_file_that_describes_no_model(tmp_path, content, message):
    path = tmp_path / "shape.json"
    path.write_text(content)
    result = call("--config", str(path))
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--preset", "bert-bas"], "Did you mean bert-base?"),
        (["--model", "no-such-model"], "There is no model 'no-such-model'"),
        (["--config", "no/such/file.json"], "no/such/file.json cannot be read or written"),
        (["--preset", "gpt2", "--model", "gpt-captions"], "give one of them"),
    ],
)
def test_mistakes_are_told_in_one_sentence(arguments, message):
    result = call(*arguments)
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stdout == ""


def test_what_a_change_costs(tmp_path):
    """Twice the width of the feed-forward network: 2 d f more in each layer, and f biases."""
    config = make_config("decoder")
    totals = []
    for d_ff in (11, 22):
        path = tmp_path / f"{d_ff}.json"
        path.write_text(json.dumps(replace(config, d_ff=d_ff).to_dict()))
        totals.append(ledger("--config", str(path))["total"])
    assert totals[1] - totals[0] == 2 * (2 * 14 * 11 + 11)
