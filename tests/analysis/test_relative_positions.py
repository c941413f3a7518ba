"""b_ij, what T5 adds to a score: every distance's bucket computed again, and its place in what follows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.analysis.attention_formula import formula
from explorer.analysis.attention_layer import AttentionLayer, read_layer
from explorer.analysis.attention_steps import STEPS, board, steps_of
from explorer.analysis.numbers import provenance
from explorer.analysis.numbers.scores import raw_scores
from explorer.analysis.numbers.softmax import variant_weights
from explorer.analysis.place import Place
from explorer.model.catalogue import About, Entry
from explorer.model.config import TransformerConfig
from explorer.model.run import Run, Tokens
from explorer.model.trace import to_numpy
from tests.analysis.attention_runs import layers_of
from tests.golden.random_models import random_transformer

N = 149  # tokens: farther apart than relative_max_distance
PLACE = Place(head=1, i=3, j=2)
COLOURS = dict.fromkeys(("text", "muted", "q", "k", "v"), "#000000")


def long_layer(architecture: str) -> AttentionLayer:
    """T5's own 32 buckets up to a distance of 128, over a text that is longer."""
    sizes = {"vocab_size": 5, "d_model": 3, "n_heads": 2, "d_k": 1, "d_v": 1, "d_ff": 2, "max_len": N}
    layers = {"n_decoder_layers" if architecture == "decoder" else "n_encoder_layers": 1}
    model = random_transformer(
        TransformerConfig(architecture=architecture, positions="relative", **sizes, **layers)
    ).requires_grad_(False)
    tokens = torch.arange(N)[None] % 5
    with torch.inference_mode():
        trace = to_numpy(model(tokens))
    read = Tokens(tuple(tokens[0].tolist()), tuple(map(str, tokens[0].tolist())))
    entry = Entry("long", Path(), model.config, About("", "", "", 0, ()))
    return read_layer(Run(entry, None, read, False, trace), model, architecture, 0)


@pytest.mark.parametrize("architecture", ["encoder", "decoder"])
def test_the_lines_find_the_bucket_of_every_distance(architecture):
    layer = long_layer(architecture)
    for i, j in [(0, j) for j in range(N)] + [(N - 1, j) for j in range(N)]:
        found = provenance(layer, 1, "position_bias", (i, j))
        assert found.result == pytest.approx(float(layer.trace.position_bias[1, i, j]), abs=0), (i, j)
    assert len(np.unique(layer.buckets)) == (32 if architecture == "decoder" else 31)  # -0 is not a distance


def test_a_wrong_bucket_is_flagged():
    layer = layers_of("t5")[0]
    bias = np.roll(layer.trace.position_bias, 1, axis=-1)
    wrong = replace(layer, trace=replace(layer.trace, position_bias=bias))
    assert provenance(layer, 1, "position_bias", (3, 2)).agrees
    assert not provenance(wrong, 1, "position_bias", (3, 2)).agrees


@pytest.mark.parametrize("name", ["t5", "relative, with scale"])
def test_the_score_is_the_product_times_the_scale_plus_the_bias(name):
    layer = layers_of(name)[0]
    trace, h = layer.trace, 2
    product = trace.q[h].astype(np.float64) @ trace.k[h].T
    np.testing.assert_allclose(raw_scores(layer, h), product, atol=1e-4)
    np.testing.assert_allclose(trace.scores[h], product * trace.scale + trace.position_bias[h], atol=1e-4)
    other = product * (1 if layer.scaled else layer.d_k**-0.5) + trace.position_bias[h]
    e = np.exp(np.where(trace.mask[0], other - other.max(-1, keepdims=True), -np.inf))
    np.testing.assert_allclose(variant_weights(layer, h, not layer.scaled), e / e.sum(-1, keepdims=True), atol=1e-4)


def test_the_bias_has_a_column_of_its_own_where_there_is_one():
    by_kind = {layer.kind: layer for layer in layers_of("t5")}
    for kind, layer in by_kind.items():
        blocks = [block.name for form in ("vectors", "matrices") for block in board(layer, PLACE, "scale", form).blocks]
        assert ("position_bias" in blocks) == (kind != "cross")
        assert ("b_{ij}" in formula(layer, "scale", "vectors", COLOURS)[1]) == (kind != "cross")
        assert (steps_of(layer) == STEPS) == (kind == "cross")
    assert [step.short for step in steps_of(by_kind["encoder"])][3] == "bias"
    assert [step.short for step in steps_of(layers_of("relative, with scale")[0])][3] == "√m, bias"
