"""The parameters of the toys by name, and numbers that were edited in them."""

from functools import partial

import numpy as np
import pytest

from explorer.model.changed import changed_checkpoint
from explorer.model.intervention import Intervention, NumberEdit
from explorer.model.intervention_text import read_intervention
from explorer.ui.break_it_change import describe
from explorer.ui.break_it_number import labels_of
from explorer.ui.break_it_parameters import changed_values, numbers_fit, numbers_of, parameters_of, with_number
from tests import zoo
from tests.bundled import MODELS, checkpoint_of

TOYS = [name for name in MODELS if name.startswith("classroom-tiny")]
GPT = "classroom-tiny-gpt"
W_Q, E = "decoder.blocks.0.attention.w_q.weight", "decoder.embedding.token.weight"


@pytest.mark.parametrize("name", TOYS)
def test_every_number_of_a_model_is_there_once(name):
    parameters = parameters_of(checkpoint_of(name).model)
    assert sum(each.values.size for each in parameters.values()) == MODELS[name].about.n_parameters
    assert len({each.words for each in parameters.values()}) == len(parameters)
    for each in parameters.values():
        values = np.arange(each.values.size).reshape(each.values.shape)
        grid = values.reshape(each.grid.shape)
        for row, column in [(0, 0), (each.grid.shape[0] - 1, each.grid.shape[1] - 1)]:
            assert values[each.index(row, column)] == grid[row, column]
            assert each.place(each.index(row, column)) == (row, column)


def test_a_tied_matrix_has_one_name_and_changes_in_both_places():
    checkpoint = checkpoint_of(GPT)
    parameters = parameters_of(checkpoint.model)
    assert parameters[E].aliases == ("unembedding.weight",)
    text = "number.unembedding.weight:3,5=-0.25"
    edits = numbers_of(parameters, read_intervention(text))
    assert edits == (NumberEdit(E, (3, 5), -0.25),) and numbers_fit(parameters, read_intervention(text)) == ""
    model = changed_checkpoint(checkpoint, Intervention(numbers=edits)).model
    for tensor in (model.decoder.embedding.token.weight, model.unembedding.weight):
        np.testing.assert_array_equal(tensor.detach().numpy(), changed_values(parameters[E], edits))


@pytest.mark.parametrize(("text", "sentence"), [
    ("number.decoder.nothing:3,5=1", "no parameter named"),
    (f"number.{W_Q}:8,0=1", "no number at [8, 0]"),
    (f"number.{W_Q}:1=1", "no number at [1]"),
    (f"number.{W_Q}:1,1=1001", "between"),
    (f"number.{W_Q}:1,1=1e39", "between"),
    (f"number.{E}:1,1=1;number.unembedding.weight:1,1=2", "twice"),
    ("no_norm", "only single numbers"),
])  # fmt: skip
def test_what_a_model_has_not(text, sentence):
    found = describe(text, partial(numbers_fit, parameters_of(checkpoint_of(GPT).model)))
    assert found.n_left_out == 1 and sentence in found.problem.replace("\\", "")


def test_a_number_is_set_given_back_and_forgotten_where_it_is_its_own():
    parameter = parameters_of(checkpoint_of(GPT).model)[W_Q]
    edits = with_number((), parameter, (1, 2), 0.1)
    edits = with_number(edits, parameter, (0, 3), -2)
    assert edits == (NumberEdit(W_Q, (0, 3), -2.0), NumberEdit(W_Q, (1, 2), 0.1))
    assert with_number(edits, parameter, (0, 3), None) == edits[1:]
    assert with_number(edits, parameter, (0, 3), float(parameter.values[0, 3])) == edits[1:]
    assert changed_values(parameter, edits)[1, 2] == np.float32(0.1) and parameter.values[1, 2] != np.float32(0.1)


@pytest.mark.parametrize("name", zoo.NAMES)
def test_the_parameters_of_models_with_more_parts(name):
    parameters = parameters_of(zoo.checkpoint_of(name).model)
    assert len({each.words for each in parameters.values()}) == len(parameters)
    found = {each.name: (each.symbol, each.where) for each in parameters.values()}
    expected = {
        "bert": {
            "encoder.embedding.segment": ("s", "encoder, embedding"),
            "encoder.embedding.norm.weight": ("gain", "encoder, norm of the embedding"),
            "transform.linear.weight": ("W", "output transform"),
            "transform.norm.bias": ("bias", "output transform, norm"),
            "unembedding.bias": ("bias", "unembedding"),
        },
        "t5": {
            "decoder.position_bias.weight": ("B", "decoder, relative positions"),
            "encoder.blocks.0.ff.w_3.weight": ("W_3", "encoder, layer 1, feed-forward"),
            "encoder.norm.weight": ("gain", "encoder, final norm"),
        },
    }
    assert expected.get(name, {}).items() <= found.items()


def test_rows_of_a_learned_table_are_called_by_their_positions():
    bart = zoo.checkpoint_of("bart")
    table = parameters_of(bart.model)["decoder.embedding.position"]
    rows, _ = labels_of(table, bart.entry.config, bart.tokenizer)
    assert rows[:4] == ("unused", "unused", "pos 0", "pos 1") and len(rows) == 21
