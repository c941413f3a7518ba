"""The figure of the parameter page shows the numbers that it is given."""

import numpy as np

from explorer.figures.style import LIGHT
from explorer.figures.work_by_length import work_by_length


def test_the_curves_of_work():
    lengths = np.array([1, 10, 100])
    figure = work_by_length(lengths, lengths * 50, lengths**2 * 5, crossing=10.0, palette=LIGHT)
    assert [list(trace.y) for trace in figure.data] == [[50, 500, 5000], [5, 500, 50000]]
    assert figure.layout.xaxis.title.text == "tokens n"
    assert figure.layout.yaxis.title.text == "multiply-adds of one layer"
    assert figure.layout.shapes[0].x0 == 10.0
