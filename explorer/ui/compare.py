"""The frame of the page Compare: its view, its three machines and its sentence, all of them in the URL."""

from __future__ import annotations

import streamlit as st

from explorer.analysis.words import MASKS, Word, words_of
from explorer.limits import MAX_CHARACTERS
from explorer.model.catalogue import TOY, Entry
from explorer.ui.cache import catalogue
from explorer.ui.model_picker import model_words
from explorer.ui.session import Choice
from explorer.ui.url import choose_in_url, put_into_url, take_from_url

PAGE = "compare"
VIEWS = {"machines": "Three machines", "word": "One word changed", "heads": "Head by head"}
MACHINES = {"translator": "encoder-decoder", "gpt": "decoder", "bert": "encoder"}  # the URL's key, the architecture
TITLES = {"translator": "Encoder-decoder", "gpt": "GPT: decoder only", "bert": "BERT: encoder only"}


def choose_view() -> str:
    """Draw the row of views, and return the chosen one."""
    return choose_in_url("view", VIEWS, "View")


def choose_machines(choice: Choice) -> dict[str, str]:
    """Draw a select box for each architecture of the catalogue: the models' names by "translator", "gpt" and "bert"."""
    defaults, models = default_machines(choice), catalogue()[0]
    words = model_words(models)
    for key, place in zip(defaults, st.columns(len(defaults), gap="medium"), strict=True):
        options = [name for name, entry in models.items() if entry.config.architecture == MACHINES[key]]
        follow(key, defaults[key])
        with place:
            take_from_url(key, options, defaults[key])
            st.selectbox(TITLES[key], options, key=key, format_func=words.get)
            put_into_url(key, defaults[key])
    return {key: st.session_state[key] for key in defaults}


def default_machines(choice: Choice) -> dict[str, str]:
    """The sidebar's model, and for each other architecture the first that is a toy if that one is."""
    models = catalogue()[0]
    toy = _is_toy(models[choice.model])
    found = {}
    for key, architecture in MACHINES.items():
        names = [name for name, entry in models.items() if entry.config.architecture == architecture]
        names.sort(key=lambda name: (name != choice.model, _is_toy(models[name]) != toy))
        if names:
            found[key] = names[0]
    return found


def type_sentence(choice: Choice, machines: dict[str, str]) -> str:
    """Draw the field with the sentence that all machines read."""
    return type_text("One sentence for all of them", "sentence", default_sentence(choice, machines))


def default_sentence(choice: Choice, machines: dict[str, str]) -> str:
    """The sidebar's text; where it has a gap or is empty, the first example of the first machine."""
    text = choice.source or choice.text
    if text.strip() and not any(mask in text for mask in MASKS):
        return text
    examples = [example.text for name in machines.values() for example in catalogue()[0][name].about.examples]
    return examples[0] if examples else ""


def type_text(label: str, key: str, default: str, *, lines: bool = True, **more: object) -> str:
    """Draw a text field that is in the URL: what was typed stays, what was left as it was follows the default.

    lines : bool
        Whether it may have more than one line.
    """
    state, kept = st.session_state, f"_{key}"
    if key not in state and key not in st.query_params and kept in state:
        state[key] = state[kept]
    follow(key, default)
    if lines:
        state[kept] = st.text_area(label, default, key=key, bind="query-params", height=68, **more) or ""
    else:
        state[kept] = st.text_input(label, default, key=key, bind="query-params", **more) or ""
    return state[kept]


def choose_word(text: str, key: str, label: str) -> tuple[int, Word] | None:
    """Draw a select box of the text's words, the last one by default; None after a sentence where there are none."""
    words = words_of(text) if len(text) <= MAX_CHARACTERS else ()
    if not words:
        return None
    numbers = range(1, len(words) + 1)
    follow(key, len(words))
    take_from_url(key, numbers, len(words))
    st.selectbox(label, numbers, key=key, format_func=lambda n: f"{n}   {words[n - 1].text}")
    put_into_url(key, len(words))
    return st.session_state[key], words[st.session_state[key] - 1]


def follow(key: str, default: object) -> None:
    """Before a widget is drawn: a value that was the default so far becomes the new default."""
    state, was = st.session_state, f"_{key}_default"
    if state.get(key) is not None and was in state and state[key] == state[was]:
        state[key] = default
    state[was] = default


def _is_toy(entry: Entry) -> bool:
    return entry.about.n_parameters < TOY
