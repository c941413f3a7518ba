"""Which model: the choice, grouped by mode, and under it what the model is and how good."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import streamlit as st

from explorer.model.catalogue import Entry
from explorer.ui.url import select_in_words

MODES = {"encoder-decoder": "Encoder-decoder", "decoder": "GPT: decoder only", "encoder": "BERT: encoder only"}
GROUPS = {"encoder-decoder": "Translator", "decoder": "GPT", "encoder": "BERT"}
UNTRAINED = "untrained"
REPEATED = {"encoder-decoder": "translator|encoder-decoder", "decoder": "gpt", "encoder": "bert"}  # in a model's name


def choose_model(models: dict[str, Entry], on_change: Callable[[], None]) -> Entry:
    """Draw the select box and the facts below it; the session and the URL hold the model's plain name."""
    entry = models[select_in_words("Model", model_words(models), key="model", on_change=on_change)]
    measured = [f"{figure.name}: {figure.of}" for figure in entry.about.figures]
    unseen = "Measured on text that the model was not trained on."
    st.caption(_facts(entry), help="  \n".join([unseen, *measured]) if measured else None)
    return entry


def model_words(models: dict[str, Entry]) -> dict[str, str]:
    """What the select box shows for each name: "GPT · captions" for gpt-captions.

    Long names would be cut off there, so that what the group says already is left out of the name, unless two models
    would then be called the same.
    """
    groups = {name: entry.config.architecture for name, entry in models.items()}
    short = {
        name: f"{GROUPS[group]} · {_without(name, REPEATED[group]) if models[name].trained else UNTRAINED}"
        for name, group in groups.items()
    }
    taken = Counter(short.values())
    return {name: words if taken[words] == 1 else f"{GROUPS[groups[name]]} · {name}" for name, words in short.items()}


def _without(name: str, repeated: str) -> str:
    return re.sub(rf"(^|-)({repeated})(?=-|$)", "", name).strip("-") or name


def _facts(entry: Entry) -> str:
    """Short lines, in one element: each element takes its time on every rerun."""
    config, about = entry.config, entry.about
    layers = " + ".join(str(n) for n in (config.n_encoder_layers, config.n_decoder_layers) if n)
    word = "layer" if layers == "1" else "layers"
    lines = [
        f"**{MODES[config.architecture]}**, {layers} {word} × {config.n_heads} heads",
        f"{about.n_parameters:,} parameters, $d_{{model}} = {config.d_model}$",
        *(f"{figure.name}: **{figure.value}**" for figure in about.figures),
        f"Data: {about.licence}" if entry.trained else f"**Untrained**: random weights, seed {entry.seed}",
    ]
    return "  \n".join(lines)
