"""The boards of the nine steps, against an attention layer small enough to be computed by hand."""

from __future__ import annotations

from math import log
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.analysis.attention_formula import formula
from explorer.analysis.attention_layer import AttentionLayer, read_layer
from explorer.analysis.attention_steps import FORMS, STEPS, board
from explorer.analysis.board import COLUMN, ROW, Block
from explorer.analysis.numbers import provenance
from explorer.analysis.place import Place
from explorer.model.catalogue import About, Entry
from explorer.model.config import TransformerConfig
from explorer.model.run import Run, Tokens
from explorer.model.trace import to_numpy
from explorer.model.transformer import Transformer
from tests.analysis.attention_runs import CONFIGS, layers_of

COLOURS = {"text": "#000000", "muted": "#999999", "q": "#0000ff", "k": "#ff0000", "v": "#00ff00"}
PLACE = Place(head=0, i=0, j=1)


def by_hand(architecture: str) -> AttentionLayer:
    """Two tokens with x = (1, 0) and (0, 1), one head with m = l = 1.

    q = (ln 3, 0), k = (1, 0), v = (4, 8). Row 0 of the scores is (ln 3, 0): the weights are 3/4 and 1/4, y = 5 and
    o = (5, 10). Row 1 is (0, 0): both weights are 1/2.
    """
    layers = {"n_decoder_layers" if architecture == "decoder" else "n_encoder_layers": 1}
    config = TransformerConfig(
        architecture=architecture,
        vocab_size=2,
        d_model=2,
        n_heads=1,
        d_k=1,
        d_v=1,
        d_ff=3,
        positions="none",
        embedding_scale=False,
        norm_position="post",
        **layers,
    )
    model = Transformer(config).eval().requires_grad_(False)
    stack = model.decoder if architecture == "decoder" else model.encoder
    stack.embedding.token.weight.copy_(torch.eye(2))
    attention = stack.blocks[0].attention
    attention.w_q.weight.copy_(torch.tensor([[log(3), 0.0]]))
    attention.w_k.weight.copy_(torch.tensor([[1.0, 0.0]]))
    attention.w_v.weight.copy_(torch.tensor([[4.0, 8.0]]))
    attention.w_o.weight.copy_(torch.tensor([[1.0], [2.0]]))
    with torch.inference_mode():
        trace = to_numpy(model(torch.tensor([[0, 1]])))
    entry = Entry("by hand", Path(), config, About("", "", "", 0, ()))
    run = Run(entry, None, Tokens((0, 1), ("a", "b")), False, trace)
    return read_layer(run, model, architecture, 0)


def values(layer: AttentionLayer, step: str, form: str = "vectors", place: Place = PLACE) -> dict[str, np.ndarray]:
    return {block.name: block.values for block in board(layer, place, step, form).blocks}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("input", {"x": [0, 1]}),
        ("projections", {"q": [log(3)], "k": [0], "v": [8]}),
        ("product", {"product": [0], "dot": 0}),
        ("scale", {"root": 1, "score": 0, "scaled_weight": [[0.75], [0.25]], "scaled_peak": 0.75}),
        ("mask", {"allowed": [[1], [1]], "masked": [[log(3)], [0]]}),
        ("softmax", {"largest": log(3), "shifted": [[0], [-log(3)]], "exponential": [[1], [1 / 3]], "total": 4 / 3}),
        ("values", {"weight": [[0.75], [0.25]], "weighted": [[3], [2]], "y": [5]}),
        ("heads", {"head": [[5]], "contribution": [[5, 10]], "output": [5, 10]}),
        ("residual", {"sum": [6, 10], "mean": 8, "variance": 4, "normalised": [-1, 1], "after": [-1, 1]}),
    ],
)
def test_the_numbers_computed_by_hand(step, expected):
    shown = values(by_hand("encoder"), step)
    for name, value in expected.items():
        assert shown[name] == pytest.approx(np.array(value), abs=1e-5), name


def test_entropy_by_hand():
    assert values(by_hand("encoder"), "scale")["scaled_entropy"] == pytest.approx(2 - 0.75 * np.log2(3), abs=1e-6)


def test_the_mask_hides_what_comes_later():
    layer = by_hand("decoder")
    assert values(layer, "mask")["allowed"].ravel().tolist() == [1, 0]
    assert values(layer, "mask")["masked"].ravel().tolist() == [pytest.approx(log(3), abs=1e-6), -np.inf]
    assert values(layer, "softmax")["weight"].ravel().tolist() == [1, 0]
    assert values(layer, "values")["y"].tolist() == [4]
    assert provenance(layer, 0, "masked", (0, 1)).agrees
    assert provenance(layer, 0, "shifted", (0, 1)).substituted == r"-\infty - 1.10"


def test_the_matrices_hold_the_rows_of_the_vectors():
    layer = layers_of("pre-norm pair")[2]
    for i in range(len(layer.queries)):
        row = values(layer, "softmax", place=Place(1, i, 0))["weight"].ravel()
        assert np.array_equal(values(layer, "softmax", "matrices", Place(1, 0, 0))["weight"][i], row)


@pytest.mark.parametrize("name", CONFIGS)
def test_each_step_has_a_board_with_its_focus_on_it(name):
    for layer in layers_of(name):
        for step in STEPS:
            for form in FORMS:
                made = board(layer, Place(2, 4, 3), step.name, form)
                block, row, column = made.focus
                rows, columns = made.blocks[block].shape
                assert row < rows and column < columns
                assert all(len(b.rows) in (0, b.shape[0]) and len(b.columns) in (0, b.shape[1]) for b in made.blocks)


def test_cross_attention_looks_at_the_encoder():
    layers = {(layer.kind, layer.layer): layer for layer in layers_of("paper")}
    cross = layers["cross", 1]
    assert cross.c.source == "encoder.output"
    assert values(cross, "input").keys() == {"x", "c"}
    assert len(cross.queries) == 5 and len(cross.keys) == 7


def test_scale_is_compared_only_when_asked():
    layer = layers_of("gpt")[0]
    assert "unscaled_weight" not in values(layer, "scale")
    compared = values(layer, "scale", place=Place(0, 2, 1, compare=True))
    raw = np.where(layer.trace.mask[0, 2], layer.trace.q[0, 2] @ layer.trace.k[0].T, -np.inf)
    expected = np.exp(raw - raw.max()) / np.exp(raw - raw.max()).sum()
    assert compared["unscaled_weight"].ravel() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_each_step_lights_terms_of_the_formula(form):
    layer = layers_of("paper")[2]
    lit = {step.name: sum(map(_count_lit, formula(layer, step.name, form, COLOURS))) for step in STEPS}
    if form == "matrices":
        lit.pop("input", None)
    assert all(lit.values()), lit
    assert sum(map(_count_lit, formula(layer, "no step", form, COLOURS))) == 0


def test_the_formula_tells_the_truth_about_the_model():
    formulas = {name: " ".join(formula(layers_of(name)[0], "mask", "vectors", COLOURS)) for name in CONFIGS}
    assert r"\sqrt{m}" in formulas["paper"] and r"\sqrt{m}" not in formulas["rms, no scale"]
    assert r"\mathrm{LN}" in formulas["paper"] and r"\mathrm{LN}" not in formulas["gpt"]
    assert r"j \le i" in formulas["gpt"] and r"j \le i" not in formulas["bert"]
    assert "b_Q" in formulas["bert"] and "b_Q" not in formulas["gpt"]


def test_a_block_knows_what_is_asked_for():
    block = Block("y", "y", np.zeros((2, 3), dtype=np.float32), "signed", (7, ROW, COLUMN))
    assert block.index_at(1, 2) == (7, 1, 2)


@pytest.mark.parametrize("shape", [(2, 3, 5)])
def test_a_block_with_three_axes_is_refused(shape):
    with pytest.raises(ValueError, match=r"\[2, 3, 5\]"):
        Block("y", "y", np.zeros(shape, dtype=np.float32), "signed")


def test_an_unknown_role_is_refused():
    with pytest.raises(ValueError, match="nonsense"):
        Block("y", "y", np.zeros(3, dtype=np.float32), "nonsense")


def _count_lit(latex: str) -> int:
    return sum(latex.count(colour) for name, colour in COLOURS.items() if name != "muted")
