"""Heads and layers in words and switched off, and heads' drops against a copied model."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch

from explorer.analysis.factorisation import factorise
from explorer.model.intervention import NOTHING, HeadChange, LayerChange, Place
from explorer.model.run import run_ids
from explorer.model.scoring import masked_logits
from explorer.ui import break_it_scores
from explorer.ui.break_it_parts import all_places, layer_words, place_words, with_heads, with_layers
from explorer.ui.session import Choice
from tests.bundled import MODELS, TELLING_MODELS, checkpoint_of, first, run_of, texts

PAIR, GPT, BERT = (MODELS[first(each)].config for each in ("encoder-decoder", "decoder", "encoder"))


def test_clicks_on_heads_and_layers():
    first_, second = Place("encoder", 0, 1), Place("cross", 2, 3)
    change = with_heads(with_heads(NOTHING, [first_], "uniform"), [first_, second], "mean")
    assert change.heads == (HeadChange(second, "mean"), HeadChange(first_, "uniform"))
    assert with_heads(change, [], "zero") == NOTHING
    change = with_layers(NOTHING, [("decoder", 1), ("encoder", 0)], "off")
    change = with_layers(change, [("decoder", 1)], "twice")  # one layer cannot be both
    assert change.layers == (LayerChange("decoder", 1, "twice"), LayerChange("encoder", 0, "off"))


def test_places_have_names():
    assert len(all_places(PAIR)) == 3 * 4 * 4 and len(set(all_places(PAIR))) == 48
    assert place_words(Place("cross", 1, 2), PAIR) == "cross, layer 2, head 3"
    assert place_words(Place("decoder", 1, 2), GPT) == "layer 2, head 3"
    assert (layer_words("encoder", 0, PAIR), layer_words("encoder", 0, BERT)) == ("encoder layer 1", "layer 1")


def silenced(model: torch.nn.Module, place: Place) -> torch.nn.Module:
    """A copy of the model in which the head's columns of W_O are 0."""
    other = copy.deepcopy(model)
    stack = other.encoder if place.kind == "encoder" else other.decoder
    block = stack.blocks[place.layer]
    attention = block.cross_attention if place.kind == "cross" else block.attention
    size = attention.w_o.weight.shape[1] // attention.n_heads
    with torch.no_grad():
        attention.w_o.weight[:, place.head * size : (place.head + 1) * size] = 0.0
    return other


def log_p_of(model, checkpoint, run) -> float:
    """log p of the run's text by a model; of a BERT, the pseudo-log-likelihood."""
    other = replace(checkpoint, model=model)
    if run.entry.config.architecture == "encoder":
        mask = checkpoint.tokenizer.id_of("[MASK]")
        positions = [i for i in range(1, len(run.tokens) - 1) if run.tokens.ids[i] != mask]
        logits = masked_logits(model, list(run.tokens.ids), positions, mask)
        return factorise(logits, [run.tokens.ids[i] for i in positions]).total_log_p
    source = list(run.source.ids) if run.source else None
    ids = [*run.tokens.ids[1:], *([checkpoint.tokenizer.id_of("[EOS]")] if source else [])]
    return factorise(run_ids(other, list(run.tokens.ids), source).trace.logits[: len(ids)], ids).total_log_p


@pytest.mark.parametrize("name", TELLING_MODELS)
def test_drops_are_those_of_a_model_whose_w_o_is_cut(monkeypatch, name):
    checkpoint, run = checkpoint_of(name), run_of(name, texts(name).short)
    monkeypatch.setattr(break_it_scores, "load", lambda _: checkpoint)
    choice = Choice(name, texts(name).short, "", texts(name).short, "encoder", 0, 0)
    monkeypatch.setattr(break_it_scores, "run_key", lambda _: ("test of drops", name))
    places = all_places(checkpoint.entry.config)
    assert break_it_scores.can_be_scored(choice, run)
    before = break_it_scores.log_p_without(choice, run, (), "zero")
    assert before == pytest.approx(log_p_of(checkpoint.model, checkpoint, run), abs=1e-4)
    for place in places[:: max(1, len(places) // 4)]:
        found = break_it_scores.log_p_without(choice, run, (place,), "zero")
        assert found == pytest.approx(log_p_of(silenced(checkpoint.model, place), checkpoint, run), abs=1e-4), place
        assert break_it_scores.has_log_p(choice, (place,), "zero")
