"""Which model: the choice, grouped by mode, and under it what the model is and how good."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import streamlit as st

from explorer.hub.families import FAMILIES
from explorer.hub.names import parse_name
from explorer.hub.settings import may_add
from explorer.model.catalogue import CheckpointError, Entry
from explorer.ui.literal import literal
from explorer.ui.url import select_in_words

MODES = {"encoder-decoder": "Encoder-decoder", "decoder": "GPT: decoder only", "encoder": "BERT: encoder only"}
GROUPS = {"encoder-decoder": "Translator", "decoder": "GPT", "encoder": "BERT"}
NOT_ONLY_TRANSLATORS = {"t5": "Text to text", "bart": "Text to text"}  # what a family's group is called instead
UNTRAINED = "untrained"
REPEATED = {"encoder-decoder": "translator|encoder-decoder", "decoder": "gpt", "encoder": "bert"}  # in a model's name


def choose_model(models: dict[str, Entry], on_change: Callable[[], None]) -> Entry:
    """Draw the select box and the facts below it; the session and the URL hold the model's plain name."""
    entry = models[select_in_words("Model", model_words(models), key="model", on_change=on_change)]
    measured = [_plain(entry, f"{figure.name}: {figure.of}") for figure in entry.about.figures]
    unseen = "Measured on text that the model was not trained on."
    st.caption(_facts(entry), help="  \n".join([unseen, *measured]) if measured else None)
    return entry


def model_words(models: dict[str, Entry]) -> dict[str, str]:
    """What the select box shows for each name: "GPT · captions" for gpt-captions.

    Long names would be cut off there, so that what the group says already is left out of the name, and of a model that
    was added its owner or folder, unless two models would then be called the same.
    """
    groups = {name: group_of(entry) for name, entry in models.items()}
    short = {name: f"{group} · {_short(name, models[name])}" for name, group in groups.items()}
    taken = Counter(short.values())
    return {name: words if taken[words] == 1 else f"{groups[name]} · {name}" for name, words in short.items()}


def group_of(entry: Entry) -> str:
    """What the models of its kind are called, in one or two words."""
    return NOT_ONLY_TRANSLATORS.get(entry.family) or GROUPS[entry.config.architecture]


def is_from_elsewhere(entry: Entry) -> bool:
    """Whether a model was added to the explorer's own: its words are then anybody's."""
    return bool(entry.family) or "/" in entry.name or ":" in entry.name


def last_part(name: str) -> str:
    """An added model's name without its owner, folder and revision: "opus-mt-en-de".

    >>> last_part("Helsinki-NLP/opus-mt-en-de@refs/pr/4"), last_part("folder:mine/gpt2"), last_part("gpt-captions")
    ('opus-mt-en-de', 'gpt2', 'gpt-captions')
    """
    path = name.removeprefix("folder:")
    return (path if path != name else name.partition("@")[0]).rpartition("/")[2]


def how_to_add(wanted: str) -> str:
    """What follows the sentence that a model is not there, if its name looks like one of the hub's."""
    try:
        name = parse_name(wanted)
    except CheckpointError:
        return ""
    return " It may be one of the hub's: “Add a model…” looks it up." if "/" in name.name and may_add() else ""


def _short(name: str, entry: Entry) -> str:
    if not entry.trained:
        return UNTRAINED
    if is_from_elsewhere(entry):
        return last_part(name)
    return _without(name, REPEATED[entry.config.architecture])


def _without(name: str, repeated: str) -> str:
    return re.sub(rf"(^|-)({repeated})(?=-|$)", "", name).strip("-") or name


def _plain(entry: Entry, words: str) -> str:
    """Words of a model's card; those of a stranger must not become a picture or a link."""
    return literal(words) if is_from_elsewhere(entry) else words


def _licence(entry: Entry) -> str:
    if not entry.trained:
        return f"**Untrained**: random weights, seed {entry.seed}"
    return f"{'Licence' if entry.family else 'Data'}: {_plain(entry, entry.about.licence)}"


def _facts(entry: Entry) -> str:
    """Short lines, in one element: each element takes its time on every rerun."""
    config, about = entry.config, entry.about
    layers = " + ".join(str(n) for n in (config.n_encoder_layers, config.n_decoder_layers) if n)
    word = "layer" if layers == "1" else "layers"
    title = f"{FAMILIES[entry.family].title}: " if entry.family else ""
    mode = MODES[config.architecture].rpartition(": ")[2] if title else MODES[config.architecture]
    lines = [
        f"**{title}{mode[0].lower() + mode[1:] if title else mode}**, {layers} {word} × {config.n_heads} heads",
        f"{about.n_parameters:,} parameters, d\\_model = {config.d_model}",
        *(f"{_plain(entry, figure.name)}: **{_plain(entry, figure.value)}**" for figure in about.figures),
        _licence(entry),
        *map(literal, entry.notes),
    ]
    return "  \n".join(lines)
