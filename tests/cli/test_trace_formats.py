"""``trace --format``: whose names the arrays have."""

import numpy as np
import pytest

from tests.cli.commands import one_sentence
from tests.training.samples import TEXT


def traced(explorer, out, *arguments):
    result = explorer("trace", "--text", TEXT, "--out", out, *arguments)
    assert result.exit_code == 0, result.stderr
    with np.load(out, allow_pickle=False) as file:
        return result, {key: file[key] for key in file.files}


def test_npz_is_what_is_written_unless_said_otherwise(explorer, tmp_path):
    _, plain = traced(explorer, tmp_path / "a.npz", "--model", "tiny-gpt")
    _, said = traced(explorer, tmp_path / "b.npz", "--model", "tiny-gpt", "--format", "npz")
    assert list(plain) == list(said)
    assert "decoder.blocks.0.attention.weights" in plain


def check_transformer_lens(call, folder, name, stack):
    _, ours = traced(call, folder / "a.npz", "--model", name)
    result, theirs = traced(call, folder / "b.npz", "--model", name, "--format", "transformer-lens")
    weights, q = ours[f"{stack}.blocks.0.attention.weights"], ours[f"{stack}.blocks.0.attention.q"]
    np.testing.assert_array_equal(theirs["blocks.0.attn.hook_pattern"][0], weights)
    np.testing.assert_array_equal(theirs["blocks.0.attn.hook_q"][0], q.transpose(1, 0, 2))
    assert {array.dtype for array in theirs.values()} == {np.dtype("float32")}  # no labels: torch takes them all
    assert result.stdout.splitlines()[-1] == f"{len(theirs)} arrays written to {folder / 'b.npz'}"


def test_transformer_lens_of_a_post_norm_bert(explorer, tmp_path):
    check_transformer_lens(explorer, tmp_path, "tiny-bert", "encoder")


def test_transformer_lens_of_a_pre_norm_gpt(bundled, tmp_path):
    check_transformer_lens(bundled, tmp_path, "gpt-captions", "decoder")


@pytest.mark.parametrize(
    ("name", "source", "what"),
    [("tiny-translate", ("--source", TEXT), "an encoder-decoder"), ("tiny-gpt", (), "a decoder")],
)
def test_a_model_that_transformer_lens_does_not_know(explorer, tmp_path, name, source, what):
    arguments = ("--model", name, "--text", TEXT, *source, "--format", "transformer-lens")
    words = one_sentence(explorer("trace", *arguments, "--out", tmp_path / "trace.npz"))
    assert words == f"TransformerLens has no names for {name}, {what} with a norm after each sublayer."
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_format(explorer, tmp_path):
    result = explorer("trace", "--model", "tiny-gpt", "--text", TEXT, "--format", "csv", "--out", tmp_path / "x")
    assert result.exit_code == 2
    assert "'csv' is not one of 'npz', 'transformer-lens'" in result.stderr
