"""Pairs of translators that differ in the bottleneck alone."""

from __future__ import annotations

from dataclasses import replace

from explorer.model.one_vector import first_pair, one_vector_pair
from tests.bundled import MODELS

PAIR = ("translator-en-de", "translator-en-de-bottleneck")


def test_both_halves_know_their_pair_and_others_have_none():
    found = {name: one_vector_pair(name, MODELS) for name in MODELS}
    assert {name for name, pair in found.items() if pair} == set(PAIR)
    assert {pair for pair in found.values() if pair} == {PAIR}
    assert first_pair(MODELS) == PAIR
    assert one_vector_pair("nobody", MODELS) is None
    assert first_pair({}) is None


def test_a_name_alone_makes_no_pair():
    full, narrow = (MODELS[name] for name in PAIR)
    assert one_vector_pair(PAIR[0], {PAIR[0]: full, PAIR[1]: full}) is None
    other = replace(narrow, config=replace(narrow.config, vocab_size=11))
    assert one_vector_pair(PAIR[0], {PAIR[0]: full, PAIR[1]: other}) is None
    assert one_vector_pair(PAIR[1], {PAIR[1]: narrow}) is None
