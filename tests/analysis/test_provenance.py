"""Every number on every board, of every architecture: the NumPy that is shown gives what the model computed."""

from __future__ import annotations

import doctest
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from explorer.analysis import provenance as module
from explorer.analysis.attention_layer import AttentionLayer
from explorer.analysis.attention_steps import FORMS, STEPS, board
from explorer.analysis.board import Block
from explorer.analysis.numbers import QUANTITIES, provenance
from explorer.analysis.place import Place
from explorer.analysis.provenance import TOLERANCE, Provenance, prove, terms_note
from explorer.reference import softmax
from tests.analysis.attention_runs import CONFIGS, layers_of

VIEWS = list(product((step.name for step in STEPS), FORMS))
PLACE = Place(head=1, i=3, j=2, weights=True, compare=True)


def corners(block: Block) -> list[tuple[int, int]]:
    """The first and the last cell of a block, and one between."""
    rows, columns = block.shape
    return [(0, 0), (rows // 2, columns // 2), (rows - 1, columns - 1)]


def asked(layer: AttentionLayer, block: Block, cell: tuple[int, int]) -> Provenance:
    return provenance(layer, PLACE.head, block.name, block.index_at(*cell))


@pytest.mark.parametrize("name", CONFIGS)
def test_every_number_on_every_board_is_what_its_numpy_gives(name):
    for layer, (step, form) in product(layers_of(name), VIEWS):
        for block in board(layer, PLACE, step, form).blocks:
            for cell in corners(block):
                found = asked(layer, block, cell)
                where = f"{name}: {layer.kind} {layer.layer}, {step} in {form}, {block.name} at {cell}"
                on_board = float(block.values.reshape(block.shape)[cell])
                assert found.agrees, where
                assert found.shown == pytest.approx(on_board, rel=2e-6, abs=2e-6), where


def test_every_quantity_is_on_some_board():
    shown = {
        block.name
        for name in CONFIGS
        for layer in layers_of(name)
        for step, form in VIEWS
        for block in board(layer, PLACE, step, form).blocks
    }
    assert shown == set(QUANTITIES)


@pytest.mark.parametrize("name", ["paper", "gpt", "bert", "t5", "relative, with scale"])
def test_what_is_shown_is_what_ran(name):
    for layer, (step, form) in product(layers_of(name), VIEWS):
        for block in board(layer, PLACE, step, form).blocks:
            found = asked(layer, block, (0, 0))
            namespace = {"np": np, "softmax": softmax, **found.inputs}
            exec(found.code, namespace)
            assert float(namespace["result"]) == found.result
            assert max(map(len, found.code.splitlines())) <= 40  # fits the panel


@pytest.mark.parametrize("field", ["q", "k", "v", "scores", "weights", "heads", "output"])
def test_a_corrupted_number_of_the_model_is_flagged(field):
    layer = layers_of("paper")[1]
    names = {"scores": "score", "weights": "weight", "heads": "y"}
    at = {"scores": (3, 2), "weights": (3, 2)}.get(field, (3, 1))
    index = at if field == "output" else (PLACE.head, *at)
    array = getattr(layer.trace, field).copy()
    array[index] += 1e-3 * max(1.0, abs(array[index]))
    corrupted = replace(layer, trace=replace(layer.trace, **{field: array}))
    name = names.get(field, field)
    assert provenance(layer, PLACE.head, name, at).agrees
    assert not provenance(corrupted, PLACE.head, name, at).agrees


def test_a_corrupted_weight_matrix_is_flagged():
    layer = layers_of("gpt")[0]
    w_q = layer.weights.w_q.copy()
    w_q[1, 2, 4] += 0.01
    corrupted = replace(layer, weights=replace(layer.weights, w_q=w_q))
    assert not provenance(corrupted, 1, "q", (3, 2)).agrees
    assert provenance(corrupted, 0, "q", (3, 2)).agrees  # another head


@pytest.mark.parametrize(
    ("result", "shown", "agrees"),
    [
        (1.0, 1.0 + 0.9 * TOLERANCE, True),
        (1.0, 1.0 + 1.5 * TOLERANCE, False),
        (100.0, 100.0 + 0.9 * 100 * TOLERANCE, True),
        (1e-7, 2e-7, True),
        (-np.inf, -np.inf, True),
        (-np.inf, -1e30, False),
        (np.nan, 1.0, False),
        (np.nan, np.nan, False),
    ],
)
def test_agreement(result, shown, agrees):
    found = Provenance("", "", "", "", "", {}, shown, "", result)
    assert found.agrees is agrees


def test_the_code_gets_only_the_arrays_that_it_names():
    arrays = {"x": np.ones(3, dtype=np.float32), "unused": np.ones(3, dtype=np.float32)}
    found = prove("", "", "", "", ["result = x.sum()"], arrays, 3.0, "")
    assert set(found.inputs) == {"x"}
    assert found.inputs["x"].dtype == np.float64
    assert found.result == 3.0


def test_code_that_names_what_is_not_there_fails():
    with pytest.raises(NameError, match="unused"):
        prove("", "", "", "", ["result = unused"], {}, 0.0, "")


@pytest.mark.parametrize("index", [(99, 0), (0, 99), (-1, 0)])
def test_a_place_that_does_not_exist_is_refused(index):
    with pytest.raises(IndexError):
        provenance(layers_of("paper")[0], 0, "q", index)


def test_an_unknown_quantity_is_refused():
    with pytest.raises(KeyError, match="nonsense"):
        provenance(layers_of("paper")[0], 0, "nonsense", ())


def test_a_long_sum_says_how_many_terms_it_has():
    layer = layers_of("paper")[0]
    found = provenance(layer, 0, "q", (1, 1))
    assert r"\dots" in found.substituted
    assert found.note == terms_note(layer.d_model) == "The sum has 14 terms."


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(module).failed == 0


def test_a_count_is_written_with_all_of_its_digits():
    count = {"title": "rank", "symbol": "r", "formula": "1 + c", "substituted": "1 + 1974", "arrays": {}, "source": ""}
    assert prove(**count, code=["result = 1 + 1974"], shown=1975, is_count=True).result_tex == "1975"
    assert prove(**count, code=["result = 1 + 1974"], shown=1975).result_tex == "1980"
