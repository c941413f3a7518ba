"""Attention as BertViz takes it: the names of its parameters, shapes, tokens, and what it cannot show."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.analysis.bertviz import head_view
from tests import zoo
from tests.bundled import run_of

SOURCE, TARGET = "A small dog is running.", "Ein Hund"


def pair():
    return run_of("translator-en-de", SOURCE, TARGET)


@pytest.mark.parametrize("name", ["gpt2", "bert", "bert-attention"])
def test_one_stack(name):
    run = zoo.run_of(name)
    found, n = head_view(run), len(run.tokens)
    assert set(found) == {"attention", "tokens"}
    assert found["tokens"] == list(run.tokens.labels)
    assert [layer.shape for layer in found["attention"]] == [(1, 3, n, n)] * 2
    blocks = (run.trace.decoder if name == "gpt2" else run.trace.encoder).blocks
    for layer, block in zip(found["attention"], blocks, strict=True):
        np.testing.assert_array_equal(layer[0], block.attention.weights)


def test_a_kind_of_one_stack_is_the_same():
    assert head_view(zoo.run_of("gpt2"), "decoder")["tokens"] == head_view(zoo.run_of("gpt2"))["tokens"]


def test_encoder_decoder():
    run = pair()
    found, n, m = head_view(run), len(run.tokens), len(run.source)
    assert n != m
    shapes = {name: [layer.shape for layer in found[name]] for name in found if name.endswith("attention")}
    assert shapes == {
        "encoder_attention": [(1, 4, m, m)] * 4,
        "decoder_attention": [(1, 4, n, n)] * 4,
        "cross_attention": [(1, 4, n, m)] * 4,
    }
    assert found["encoder_tokens"] == list(run.source.labels)
    assert found["decoder_tokens"] == list(run.tokens.labels)
    assert set(found) == {*shapes, "encoder_tokens", "decoder_tokens"}
    np.testing.assert_array_equal(found["cross_attention"][2][0], run.trace.decoder.blocks[2].cross_attention.weights)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("encoder", {"encoder_attention", "encoder_tokens"}),
        ("decoder", {"decoder_attention", "decoder_tokens"}),
        ("cross", {"cross_attention", "encoder_tokens", "decoder_tokens"}),
    ],
)
def test_one_kind_of_an_encoder_decoder(kind, names):
    assert set(head_view(pair(), kind)) == names


def test_behind_a_bottleneck_the_one_key_is_no_token():
    run = run_of("translator-en-de-bottleneck", SOURCE, TARGET)
    found = head_view(run, "cross")
    assert found["encoder_tokens"] == ["x̄"]
    assert [layer.shape[-1] for layer in found["cross_attention"]] == [1] * 4
    with pytest.raises(ValueError, match=r"looks at one vector.* ask for one kind"):
        head_view(run)


def test_layers_that_do_not_pair_are_refused():
    """BertViz would leave out the decoder's last layers without a word."""
    run = pair()
    shorter = replace(run, entry=replace(run.entry, config=replace(run.entry.config, n_encoder_layers=3)))
    with pytest.raises(ValueError, match="cannot show 3 encoder and 4 decoder layers together: ask for one kind"):
        head_view(shorter)


@pytest.mark.parametrize(("name", "kind"), [("gpt2", "encoder"), ("bert", "cross"), ("gpt2", "all")])
def test_a_kind_that_the_model_lacks(name, kind):
    with pytest.raises(ValueError, match=f"^{name} has attention of the kind .*, not '{kind}'"):
        head_view(zoo.run_of(name), kind)
