"""The heat map of one head: its data, its axes, its labels."""

import numpy as np
import pytest

from explorer.figures.attention_heatmap import attention_heatmap
from explorer.figures.style import DARK, LIGHT

WEIGHTS = np.array([[1, 0, 0], [0.25, 0.75, 0]], dtype=np.float32)


def test_data_axes_and_labels():
    figure = attention_heatmap(WEIGHTS, ["cat", "cat"], ["the", "the", "<s>"], title="head 2")
    (trace,) = figure.data
    np.testing.assert_array_equal(trace.z, WEIGHTS)
    assert (trace.zmin, trace.zmax) == (0, 1)
    assert trace.customdata[1][0] == "cat looks at the"
    assert list(figure.layout.xaxis.tickvals) == [0, 1, 2]  # equal labels keep columns of their own
    assert list(figure.layout.yaxis.ticktext) == ["cat", "cat"]
    assert list(figure.layout.xaxis.ticktext) == ["the", "the", "&lt;s&gt;"]  # a token, not markup
    assert list(figure.layout.xaxis.range) == [-0.5, 2.5]
    assert list(figure.layout.yaxis.range) == [1.5, -0.5]  # row 0 on top
    assert figure.layout.xaxis.title.text == "key"
    assert figure.layout.yaxis.title.text == "query"
    assert figure.layout.title.text == "head 2"


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_scale_goes_from_the_background_up(palette):
    figure = attention_heatmap(WEIGHTS, "ab", "cde", palette=palette)
    assert [colour for _, colour in figure.data[0].colorscale] == [palette.background, palette.weight]


def test_cells_are_square():
    figure = attention_heatmap(WEIGHTS, "ab", "cde", title="x")
    layout = figure.layout
    width = layout.width - layout.margin.l - layout.margin.r
    height = layout.height - layout.margin.t - layout.margin.b
    assert width / 3 == height / 2


def test_labels_that_do_not_fit():
    with pytest.raises(ValueError, match=r"shape \[2, 3\] need as many labels, not 3 and 2"):
        attention_heatmap(WEIGHTS, "abc", "de")
