"""The figures of the parameter page show the numbers they are given."""

import numpy as np
import pytest

from explorer.analysis.parameters import tensor_counts
from explorer.figures.parameter_treemap import parameter_treemap, tree_path
from explorer.figures.style import DARK, LIGHT
from explorer.figures.work_by_length import work_by_length
from explorer.model.shapes import count_parameters, parameter_shapes
from tests.golden.random_models import ARCHITECTURES, make_config


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_boxes_of_the_treemap_add_up(architecture):
    options = {"attention_bias": True, "final_norm": True, "positions": "learned", "tied_embeddings": False}
    config = make_config(architecture, output_bias=True, **options)
    (trace,) = parameter_treemap(tensor_counts(config), palette=LIGHT, title="mine").data
    values = dict(zip(trace.ids, trace.values, strict=True))
    assert len(values) == len(trace.ids)
    assert values["model"] == count_parameters(config)
    for box, value in values.items():
        inside = [values[i] for i, above in zip(trace.ids, trace.parents, strict=True) if above == box]
        assert not inside or sum(inside) == value, box
    leaves = set(trace.ids) - set(trace.parents)
    assert len(leaves) == len(parameter_shapes(config))
    assert trace.labels[0] == "mine"


def test_the_matrices_have_their_colours():
    (trace,) = parameter_treemap(tensor_counts(make_config("encoder")), palette=DARK).data
    colours = dict(zip(trace.ids, trace.marker.colors, strict=True))
    for letter, colour in (("q", DARK.q), ("k", DARK.k), ("v", DARK.v)):
        assert colours[f"encoder/layer 1/attention/w_{letter}"] == colour
    assert [box for box, colour in colours.items() if colour == DARK.q] == [
        f"encoder/layer {n}/attention/w_q" for n in (1, 2)
    ]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("decoder.blocks.11.ff.w_2.bias", ("decoder", "layer 12", "feed-forward", "b_2")),
        ("decoder.blocks.0.cross_norm.weight", ("decoder", "layer 1", "norms", "cross gain")),
        ("encoder.embedding.position", ("encoder", "embedding", "position")),
        ("decoder.norm.weight", ("decoder", "final norm", "gain")),
        ("unembedding.weight", ("unembedding", "weight")),
    ],
)
def test_where_an_array_is_in_the_tree(name, path):
    assert tree_path(name) == path


def test_the_curves_of_work():
    lengths = np.array([1, 10, 100])
    figure = work_by_length(lengths, lengths * 50, lengths**2 * 5, crossing=10.0, palette=LIGHT)
    assert [list(trace.y) for trace in figure.data] == [[50, 500, 5000], [5, 500, 50000]]
    assert figure.layout.xaxis.title.text == "tokens n"
    assert figure.layout.yaxis.title.text == "multiply-adds of one layer"
    assert figure.layout.shapes[0].x0 == 10.0
