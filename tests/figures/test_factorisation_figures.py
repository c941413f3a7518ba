"""The figures of the factorisation page: their data, axes and words."""

from __future__ import annotations

import pytest

from explorer.analysis.total_mass import Mass
from explorer.figures.bleu_by_length import bleu_by_length
from explorer.figures.probability_mass import probability_mass, sum_of_products
from explorer.figures.style import DARK, LIGHT
from explorer.model.measured import Bucket

BUCKETS = (Bucket(4, 9, 281, 42.47), Bucket(10, 13, 1353, 44.5))


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_bleu_by_length(palette):
    other = tuple(Bucket(b.words_from, b.words_to, b.sentences, b.bleu / 2) for b in BUCKETS)
    figure = bleu_by_length({"full": BUCKETS, "one vector": other}, split="test_2016_flickr", palette=palette)
    one, two = figure.data
    assert (one.name, two.name) == ("full", "one vector")
    assert list(one.x) == [6.5, 11.5]
    assert list(one.error_x.array) == [2.5, 1.5]
    assert list(one.y) == [42.47, 44.5]
    assert list(two.y) == [21.235, 22.25]
    assert list(one.customdata[1]) == ["10 to 13", "1,353", "44.5"]
    assert one.line.dash != two.line.dash and one.marker.symbol != two.marker.symbol
    assert figure.layout.xaxis.title.text == "words in the source"
    assert figure.layout.yaxis.title.text == "cased BLEU on test_2016_flickr"
    assert not {palette.q, palette.k, palette.v} & {one.line.color, two.line.color}


def test_probability_mass_is_stacked_to_1():
    masses = [Mass(1, 1, 6, 0.0, 0.125, 0.875), Mass(2, 6, 36, 0.125, 0.5, 0.375)]
    figure = probability_mass(masses, palette=LIGHT)
    assert figure.layout.barmode == "stack"
    assert [list(bar.x) for bar in figure.data] == [[1, 2]] * 3
    assert [sum(bar.y[i] for bar in figure.data) for i in (0, 1)] == [1, 1]
    assert {bar.name: list(bar.y) for bar in figure.data}["ends with token n"] == [0.125, 0.5]


def test_sum_of_products_has_a_line_at_1():
    figure = sum_of_products({1: 1.0, 2: 0.75, 3: 7.5}, palette=DARK)
    (line,) = figure.data
    assert (list(line.x), list(line.y)) == ([1, 2, 3], [1.0, 0.75, 7.5])
    (shape,) = figure.layout.shapes
    assert shape.y0 == shape.y1 == 1
