"""The models that come along: whole, of the size they say, and with examples that run."""

import pytest

from explorer.model.catalogue import PRETRAINED, read_catalogue
from explorer.model.checkpoint import load_checkpoint
from explorer.model.run import run
from explorer.model.shapes import parameter_shapes

ENTRIES, PROBLEMS = read_catalogue(PRETRAINED)


def test_there_is_a_model_of_each_architecture():
    assert PROBLEMS == []
    assert {entry.config.architecture for entry in ENTRIES.values()} == {"encoder-decoder", "decoder", "encoder"}


@pytest.mark.parametrize("name", ENTRIES)
def test_model_is_what_it_says_and_its_examples_run(name):
    checkpoint = load_checkpoint(PRETRAINED / name)
    entry, tokenizer = checkpoint.entry, checkpoint.tokenizer
    assert entry.about.n_parameters == checkpoint.model.n_parameters()
    built = {name: tuple(parameter.shape) for name, parameter in checkpoint.model.named_parameters()}
    assert parameter_shapes(entry.config) == built
    assert len(entry.about.examples) >= 3
    for example in entry.about.examples:
        pair = entry.config.has_cross_attention
        result = run(checkpoint, source=example.text) if pair else run(checkpoint, example.text)
        assert len(result.source or result.tokens) <= entry.config.max_len
        assert len(result.tokens) <= entry.config.max_len
        read = tokenizer.decode((result.source or result.tokens).ids)
        assert read == example.text.replace(" [MASK]", "").removeprefix("[MASK] ")
    labels = tokenizer.labels(range(tokenizer.vocab_size))
    assert len(set(labels)) == len(labels)
