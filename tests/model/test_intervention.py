"""Interventions as texts, what a model refuses, the rule of an edited row, and decoding with something changed."""

from __future__ import annotations

from contextlib import suppress

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.model.changed import changed
from explorer.model.changed_attention import edited_row
from explorer.model.decoding import greedy_tokens
from explorer.model.decoding_by_passes import greedy_by_passes
from explorer.model.intervention import (
    SWITCHES,
    HeadChange,
    Intervention,
    LayerChange,
    NumberEdit,
    Place,
    RowEdit,
    check,
    layer_order,
)
from explorer.model.intervention_text import intervention_text, read_intervention
from tests.bundled import checkpoint_of
from tests.golden.random_models import make_config, random_transformer

numbers = st.integers(0, 40)
floats = st.floats(-1e6, 1e6, allow_nan=False)
places = st.builds(Place, st.sampled_from(["encoder", "decoder", "cross"]), numbers, numbers)
rows = st.dictionaries(numbers, st.floats(0, 1), min_size=1, max_size=5).map(lambda row: tuple(sorted(row.items())))
names = st.sampled_from(["encoder.blocks.0.ff.w_1.weight", "unembedding.weight"])
parts = {
    "heads": st.builds(HeadChange, places, st.sampled_from(["zero", "mean", "uniform"])),
    "layers": st.builds(
        LayerChange, st.sampled_from(["encoder", "decoder"]), numbers, st.sampled_from(["off", "twice"])
    ),
    "rows": st.builds(RowEdit, places, numbers, rows),
    "numbers": st.builds(NumberEdit, names, st.tuples(numbers, numbers), floats),
}
several = {name: st.sets(each, max_size=3).map(lambda found: tuple(sorted(found))) for name, each in parts.items()}
interventions = st.builds(Intervention, **{name: st.booleans() for name in SWITCHES}, **several)


@given(interventions)
def test_a_text_says_all_of_an_intervention(intervention):
    assert read_intervention(intervention_text(intervention)) == intervention


def test_a_text_is_one_that_can_be_read():
    intervention = Intervention(
        no_scale=True,
        heads=(HeadChange(Place("decoder", 1, 0), "zero"),),
        layers=(LayerChange("encoder", 0, "off"),),
        rows=(RowEdit(Place("cross", 0, 2), 3, ((1, 0.5), (4, 0.25))),),
        numbers=(NumberEdit("unembedding.weight", (3, 5), -0.25),),
    )
    expected = (
        "no_scale;head.decoder.2.1.zero;layer.encoder.1.off;row.cross.1.3.4:2=0.5,5=0.25;"
        "number.unembedding.weight:3,5=-0.25"
    )
    assert intervention_text(intervention) == expected
    assert intervention_text(Intervention()) == "" and read_intervention("") == Intervention()


@pytest.mark.parametrize(
    "text",
    [
        "no_brain",
        "no_scale.1",
        "head",
        "head.decoder.1",
        "head.decoder.0.1.zero",
        "head.decoder.1.1.loud",
        "head.middle.1.1.zero",
        "head.decoder.१.1.zero",
        "layer.cross.1.off",
        "row.decoder.1.1.1",
        "row.decoder.1.1.1:2",
        "row.decoder.1.1.1:2=nan",
        "row.decoder.1.1.1:2=inf",
        "row.decoder.1.1:2=0.5",
        "number.w:1=",
        "number.w:-1=2",
        "number.w=2",
        "<script>",
        "；",
        "heads",
    ],
)
def test_nonsense_describes_no_change(text):
    with pytest.raises(ValueError, match="does not describe a change"):
        read_intervention(text)


def test_a_very_long_text_is_not_read():
    with pytest.raises(ValueError, match="at most 2,000"):
        read_intervention("no_scale;" * 10_000)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    with suppress(ValueError):
        read_intervention(text)


GPT = make_config("decoder")  # 2 layers, 3 heads
PAIR = make_config("encoder-decoder")


@pytest.mark.parametrize(
    ("config", "intervention", "message"),
    [
        (GPT, Intervention(heads=(HeadChange(Place("encoder", 0, 0), "zero"),)), "kind decoder, not 'encoder'"),
        (GPT, Intervention(heads=(HeadChange(Place("decoder", 2, 0), "zero"),)), "2 layers.*number 3"),
        (GPT, Intervention(heads=(HeadChange(Place("decoder", 0, 3), "zero"),)), "3 heads.*number 4"),
        (GPT, Intervention(heads=(HeadChange(Place("decoder", 0, 0), "loud"),)), "not 'loud'"),
        (GPT, Intervention(layers=(LayerChange("encoder", 0, "off"),)), "no encoder"),
        (PAIR, Intervention(layers=(LayerChange("encoder", 2, "off"),)), "encoder has 2 layers.*number 3"),
        (PAIR, Intervention(layers=(LayerChange("encoder", 1, "thrice"),)), "not 'thrice'"),
        (GPT, Intervention(rows=(RowEdit(Place("decoder", 0, 0), 0, ()),)), "at least one weight"),
        (GPT, Intervention(rows=(RowEdit(Place("decoder", 0, 0), 0, ((0, 1.5),)),)), "between 0 and 1"),
        (GPT, Intervention(rows=(RowEdit(Place("decoder", 0, 0), 0, ((0, 0.5), (0, 0.2))),)), "named once"),
        (
            GPT,
            Intervention(heads=tuple(HeadChange(Place("decoder", 0, 0), action) for action in ("zero", "mean"))),
            "one head is changed twice",
        ),
        (
            GPT,
            Intervention(layers=tuple(LayerChange("decoder", 0, action) for action in ("off", "twice"))),
            "one layer is changed twice",
        ),
    ],
)
def test_what_a_model_has_not_is_refused(config, intervention, message):
    with pytest.raises(ValueError, match=message):
        check(intervention, config)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (NumberEdit("decoder.brain", (0, 0), 1.0), "no parameter named 'decoder.brain'"),
        (NumberEdit("unembedding.weight", (19, 0), 1.0), r"shape \[19, 14\], and no number at \[19, 0\]"),
        (NumberEdit("unembedding.weight", (0,), 1.0), r"no number at \[0\]"),
        (NumberEdit("unembedding.weight", (0, -1), 1.0), r"no number at"),
        (NumberEdit("unembedding.weight", (0, 0), float("nan")), "finite"),
    ],
)
def test_a_number_that_is_not_there_is_refused(edit, message):
    with pytest.raises(ValueError, match=message):
        changed(random_transformer(GPT), Intervention(numbers=(edit,)))


def test_a_head_may_be_blind_and_silent_at_once():
    place = Place("decoder", 0, 0)
    check(Intervention(heads=(HeadChange(place, "uniform"), HeadChange(place, "zero"))), GPT)


def test_layers_run_in_their_order():
    changes = (LayerChange("decoder", 0, "off"), LayerChange("decoder", 2, "twice"), LayerChange("encoder", 1, "off"))
    intervention = Intervention(layers=changes)
    assert layer_order(intervention, "decoder", 4) == layer_order(intervention, "cross", 4) == (1, 2, 2, 3)
    assert layer_order(intervention, "encoder", 2) == (0,)


@pytest.mark.parametrize(
    ("own", "allowed", "given", "expected"),
    [
        ([0.5, 0.25, 0.25], [1, 1, 1], [(0, 0.0)], [0.0, 0.5, 0.5]),
        ([0.5, 0.25, 0.25], [1, 1, 1], [(0, 0.75)], [0.75, 0.125, 0.125]),
        ([0.5, 0.375, 0.125], [1, 1, 1], [(2, 1.0)], [0.0, 0.0, 1.0]),
        ([0.5, 0.25, 0.25], [1, 1, 1], [(0, 1.0), (1, 1.0)], [0.5, 0.5, 0.0]),  # more than there is: divided
        ([0.5, 0.5, 0.0], [1, 1, 0], [(0, 0.25)], [0.25, 0.75, 0.0]),  # a masked key stays masked
        ([0.5, 0.5, 0.0], [1, 1, 0], [(0, 0.25), (1, 0.25)], [0.5, 0.5, 0.0]),  # nobody else can take the rest
        ([1.0, 0.0, 0.0], [1, 1, 1], [(0, 0.5)], [0.5, 0.25, 0.25]),  # others that had nothing share alike
        ([1.0, 0.0, 0.0], [1, 0, 0], [(0, 0.5)], [1.0, 0.0, 0.0]),
    ],
)
def test_an_edited_row_by_hand(own, allowed, given, expected):
    row = edited_row(torch.tensor([own]), torch.tensor([allowed], dtype=torch.bool), given)
    torch.testing.assert_close(row, torch.tensor([expected]), rtol=0, atol=1e-7)


@pytest.mark.parametrize(
    ("allowed", "given", "message"),
    [
        ([1, 1, 0], [(2, 0.5)], "key 3 cannot be looked at"),
        ([1, 1, 1], [(3, 0.5)], "key 4 cannot be looked at"),
        ([1, 1, 0], [(0, 0.0), (1, 0.0)], "at least one weight"),
    ],
)
def test_an_impossible_row_is_refused(allowed, given, message):
    with pytest.raises(ValueError, match=message):
        edited_row(torch.tensor([[0.5, 0.5, 0.0]]), torch.tensor([allowed], dtype=torch.bool), given)


@pytest.mark.parametrize(
    "name", ["classroom-tiny-gpt", "classroom-tiny-encoder-decoder", "gpt-captions", "translator-en-de"]
)
def test_without_changes_it_writes_what_the_cached_decoder_writes(name):
    checkpoint = checkpoint_of(name)
    bos, end = (checkpoint.tokenizer.id_of(token) for token in ("[BOS]", "[EOS]"))
    source = [7, 5, 3, end] if checkpoint.entry.config.has_cross_attention else None
    for room in (1, 9):
        expected = list(greedy_tokens(checkpoint.model, [bos, 7], end, room, source))
        assert list(greedy_by_passes(checkpoint.model, [bos, 7], end, room, source)) == expected


def test_it_stops_where_there_are_no_more_positions():
    model = random_transformer(make_config("decoder", max_len=5))
    assert len(list(greedy_by_passes(model, [1, 2, 3], None, 99))) == 3  # the last one is written, but not read
    off = changed(model, Intervention(layers=(LayerChange("decoder", 0, "off"), LayerChange("decoder", 1, "off"))))
    assert len(list(greedy_by_passes(off, [1, 2, 3], None, 2))) == 2
