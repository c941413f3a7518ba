"""Every number from the last state to p(y|x), of every architecture: the NumPy that is shown gives the model's own."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from explorer.analysis.factorisation import factorise
from explorer.analysis.numbers.readout import READOUT_NUMBERS, readout_provenance
from explorer.analysis.provenance import Provenance
from explorer.analysis.readout import Readout, Text, read_out
from explorer.analysis.readout_board import readout_board
from explorer.model.weights import unembedding
from explorer.reference import softmax
from tests.analysis.attention_runs import CONFIGS, random_run

NEXT = (3, 19, 7, 2, 11)  # y_1 .. y_5
NAMES = [name for name, config in CONFIGS.items() if config.unembedding]
ROWS = (22, 0, 13, 5)  # tokens of the table, beside the factor's own


def readout_of(name: str, factor: int = 3, bits: bool = False, first: int = 2, product: bool = True) -> Readout:
    run, model = random_run(name)
    logits = run.trace.logits
    # Where logits are in the hundreds, exp of their rounding would be all that there is to see.
    ids = NEXT if abs(logits).max() < 100 else tuple(logits.argmax(-1).tolist())
    rows = (*ROWS, ids[factor])
    text = Text(factorise(logits, ids), logits, first, product)
    return read_out(run, model, text, factor, factor, (rows, tuple(f"t{i}" for i in rows)), bits)


def asked(readout: Readout) -> dict[tuple[str, tuple[int, ...]], tuple[float, Provenance]]:
    """(the number on the board, its provenance) of the first, a middle and the last cell of every block."""
    found = {}
    for block in readout_board(readout).blocks:
        rows, columns = block.shape
        for cell in ((0, 0), (rows // 2, columns // 2), (rows - 1, columns - 1)):
            index = block.index_at(*cell)
            found[block.name, index] = (
                float(block.values.reshape(block.shape)[cell]),
                readout_provenance(readout, block.name, index),
            )
    return found


@pytest.mark.parametrize(("name", "bits", "is_product"), list(product(NAMES, (False, True), (False, True))))
def test_every_number_on_the_board_is_what_its_numpy_gives(name, bits, is_product):
    for (block, index), (on_board, found) in asked(readout_of(name, bits=bits, product=is_product)).items():
        assert found.agrees, (block, index, found.result, found.shown)
        assert found.shown == pytest.approx(on_board, rel=2e-6, abs=2e-6), (block, index)


def test_every_quantity_is_on_the_board():
    assert {name for name, _ in asked(readout_of("gpt"))} == set(READOUT_NUMBERS) - {"t", "g", "u"}
    assert {name for name, _ in asked(readout_of("transform and scale"))} == set(READOUT_NUMBERS)


@pytest.mark.parametrize(
    ("name", "is_product"), list(product(("paper", "gpt", "bert", "t5", "bert with segments"), (False, True)))
)
def test_what_is_shown_is_what_ran(name, is_product):
    for _, found in asked(readout_of(name, product=is_product, bits=True)).values():
        namespace = {"np": np, "softmax": softmax, **found.inputs}
        exec(found.code, namespace)
        assert float(namespace["result"]) == found.result
        assert max(map(len, found.code.splitlines())) <= 42  # fits the panel


@pytest.mark.parametrize("name", NAMES)
def test_the_state_and_the_output_matrix_give_the_models_logits(name):
    run, model = random_run(name)
    state, weights = readout_of(name).state, unembedding(model)
    bias = 0 if weights.bias is None else weights.bias
    np.testing.assert_allclose(state.values @ weights.matrix.T + bias, run.trace.logits, atol=1e-4)
    assert not weights.matrix.flags.writeable


def test_the_sums_by_hand():
    readout = readout_of("gpt", factor=4)
    logits = random_run("gpt")[0].trace.logits.astype(np.float64)
    p = [np.exp(row[t]) / np.exp(row).sum() for row, t in zip(logits, NEXT, strict=True)]
    whole, rest = np.prod(p), np.prod(p[2:])
    numbers = {key: found.result for key, (_, found) in asked(readout).items()}
    assert numbers["product", (0, 5)] == pytest.approx(whole, rel=1e-4)
    assert numbers["product", (2, 5)] == pytest.approx(rest, rel=1e-4)
    assert numbers["sum", (2, 5)] == pytest.approx(np.log(rest), rel=1e-4)
    assert numbers["perplexity", (0, 5)] == pytest.approx(whole ** (-1 / 5), rel=1e-4)
    assert numbers["bits", (2, 5)] == pytest.approx(-np.log2(rest) / 3, rel=1e-4)
    assert numbers["rank", ()] == 1 + sum(logits[4] > logits[4][NEXT[4]])


def test_in_bits_logs_and_entropies_are_divided_by_the_log_of_two():
    nats, bits = asked(readout_of("paper")), asked(readout_of("paper", bits=True))
    for name, scale in (("log_p", np.log(2)), ("entropy", np.log(2)), ("rank", 1.0), ("perplexity", 1.0)):
        (one,), (other,) = (
            [f.result for (key, _), (_, f) in found.items() if key == name][:1] for found in (nats, bits)
        )
        assert one == pytest.approx(other * scale)


def test_a_prompt_has_no_lines_of_its_own():
    names = [block.name for block in readout_board(readout_of("gpt", factor=1)).blocks]
    assert names.count("sum") == 1
    assert [block.name for block in readout_board(readout_of("gpt", factor=2)).blocks].count("sum") == 2


def test_a_bert_has_no_product():
    names = {block.name for block in readout_board(readout_of("bert", product=False)).blocks}
    assert "product" not in names and "sum" in names


@pytest.mark.parametrize("name", ["z", "p"])
def test_a_corrupted_logit_is_flagged(name):
    readout = readout_of("paper")
    logits = readout.logits.copy()
    logits[ROWS[1]] += 0.05
    corrupted = replace(readout, logits=logits)
    assert readout_provenance(readout, name, (1,)).agrees
    assert not readout_provenance(corrupted, name, (1,)).agrees


def test_a_corrupted_state_is_flagged():
    readout = readout_of("gpt")
    values = readout.state.values.copy()
    values[3, 4] += 0.01
    corrupted = replace(readout, way=replace(readout.way, h=replace(readout.state, values=values)))
    assert not readout_provenance(corrupted, "h", (4,)).agrees
    assert not readout_provenance(corrupted, "z", (0,)).agrees


def test_unknown_places_are_refused():
    with pytest.raises(KeyError, match="nonsense"):
        readout_provenance(readout_of("gpt"), "nonsense", ())
    with pytest.raises(IndexError):
        readout_provenance(readout_of("gpt"), "p", (-1,))
    with pytest.raises(IndexError):
        readout_provenance(readout_of("gpt"), "p", (99,))
