"""What the parameter page's components send to the browser, whose formulas give the shapes of the model."""

from __future__ import annotations

import json
from dataclasses import replace
from math import prod

import pytest

from explorer.analysis.costs import LayerWork
from explorer.analysis.parameters import AttentionCount, tensor_counts
from explorer.analysis.presets import PRESETS
from explorer.components import count_ledger as ledger_module
from explorer.components import parameter_map as map_module
from explorer.components import parameter_table as table_module
from explorer.components import work_chart as chart_module
from explorer.components.count_ledger import count_ledger
from explorer.components.parameter_map import dims_of, parameter_map, sizes_for_browser
from explorer.components.parameter_table import parameter_table
from explorer.components.work_chart import work_chart
from explorer.model.config import TransformerConfig
from tests.components.mounted import Mounted

SIZES = {"vocab_size": 1009, "d_model": 14, "n_heads": 3, "d_k": 5, "d_v": 7, "d_ff": 11, "max_len": 13}
PAIR = TransformerConfig(
    "encoder-decoder", n_encoder_layers=2, n_decoder_layers=11, source_vocab_size=2003, positions="learned", **SIZES
)


def test_the_ledger_of_a_layer_counted_by_hand(monkeypatch):
    mounted = Mounted(monkeypatch, ledger_module)
    count_ledger(AttentionCount(s=2, d=3, m=5, l=7, n=11), key="ledger")
    assert mounted.data["sizes"] == {"s": 2, "d": 3, "m": 5, "l": 7, "n": 11}
    expected = {"w_q": 30, "w_v": 42, "w_o": 154, "once": 30, "as_n": 88, "exact": 256, "board": 314}
    assert mounted.data["counts"] == expected
    assert 314 + 30 - 88 == 256


@pytest.mark.parametrize(
    "config", [PAIR, *(preset.config for preset in PRESETS.values())], ids=lambda c: c.architecture
)
def test_the_browsers_formulas_give_every_shape(config):
    # In the second no two symbols are equal, so that none can stand for another.
    for changed in (config, replace(config, n_heads=3, d_k=5, d_v=7, d_ff=11, d_model=26, vocab_size=1013)):
        letters = sizes_for_browser(changed)["symbols"]
        for tensor in tensor_counts(changed):
            sides = tuple(prod(letters[symbol] for symbol in side.split()) for side in dims_of(tensor.formula))
            assert sides == tensor.shape, tensor.name


def test_the_map_sends_the_first_layer_of_each_stack(monkeypatch):
    mounted = Mounted(monkeypatch, map_module)
    parameter_map(PAIR, key="map", title="A pair", live=7, words="Live.")
    names = [name for _, name, *_ in mounted.data["arrays"]]
    every = [tensor.name for tensor in tensor_counts(PAIR)]
    assert len(every) == 4 + 2 * 12 + 11 * 18  # outside the layers, in the encoder's, in the decoder's
    assert {name.split(".")[2] for name in names if ".blocks." in name} == {"0"}
    assert [name for name in every if ".blocks." not in name or ".blocks.0." in name] == names
    assert mounted.data["layers"] == {"encoder": 2, "decoder": 11}
    assert mounted.data["total"] == sum(tensor.count for tensor in tensor_counts(PAIR))


def test_letters_that_no_formula_has_are_not_sent():
    letters = sizes_for_browser(replace(PAIR, position_offset=2))
    assert letters["symbols"] == {"s": 3, "d": 14, "m": 5, "l": 7, "f": 11, "V": 1009, "V_x": 2003, "N": 15}
    assert letters["more_positions"] == 2
    assert "V_x" not in sizes_for_browser(replace(PAIR, source_vocab_size=0))["symbols"]
    relative = replace(PAIR, positions="relative", relative_buckets=20, n_segments=2)
    assert {"B": 20, "T": 2}.items() <= sizes_for_browser(relative)["symbols"].items()


def test_the_table_counts_each_layer(monkeypatch):
    mounted = Mounted(monkeypatch, table_module)
    parameter_table(PAIR, key="table")
    groups = {group["title"]: group for group in mounted.data["groups"]}
    layers = groups["decoder, each of 11 layers"]
    assert (layers["stack"], layers["layered"]) == ("decoder", True)
    row = next(row for row in layers["rows"] if row["name"] == "cross_attention.w_v.weight")
    assert (row["dims"], row["shape"], row["count"], row["total"]) == (["s l", "d"], (21, 14), 294, 3234)
    assert groups["encoder"]["layered"] is False
    assert mounted.data["total"] == sum(group["total"] for group in groups.values())


def test_the_chart_of_work_keeps_all_digits(monkeypatch):
    mounted = Mounted(monkeypatch, chart_module)
    large = 2**61 + 1  # no float64
    work_chart([1, 7], [LayerWork(3, 5, 2), LayerWork(large, 0, 98)], key="work", title="Work", crossing=4.0)
    sent = json.loads(json.dumps(mounted.data))
    assert sent["matrices"] == ["8", str(large)] and sent["attention"] == ["2", "98"]
    assert (sent["lengths"], sent["crossing"]) == ([1, 7], 4.0)
    with pytest.raises(ValueError, match="there are 1 works for 2 lengths"):
        work_chart([1, 7], [LayerWork(3, 5, 2)], key="work", title="Work", crossing=4.0)
