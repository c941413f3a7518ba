"""The sidebar that every page shares: the model, its texts, and which attention, layer and head."""

from __future__ import annotations

import sys

import streamlit as st

from explorer.model.catalogue import Entry
from explorer.model.kinds import KIND_TITLES, attention_kinds, n_layers
from explorer.ui.cache import catalogue
from explorer.ui.domain_hint import show_domain_hint
from explorer.ui.literal import literal
from explorer.ui.model_picker import choose_model, how_to_add
from explorer.ui.navigation import link_to_models, restore_url
from explorer.ui.url import select_in_words

EXAMPLE, LAST_MODEL, TYPED = "_example", "_last_model", "_typed"  # session keys that are not in the URL


def draw_sidebar() -> None:
    """Draw all shared controls; without a single usable model, say so and stop."""
    restore_url()
    models, problems = catalogue()
    if not models:
        st.error("There is no model in the folder pretrained: put a checkpoint there, and reload this page.")
        _list_problems(problems)
        st.stop()
    notices: list[str] = []
    entry = _choose_model(models, notices)
    _list_problems(problems)
    _choose_texts(entry)
    _choose_head(entry, notices)
    for notice in notices:
        st.caption(notice)


def select_model(name: str) -> None:
    """Choose a model from a callback, as the sidebar does; one that is not in the catalogue changes nothing."""
    if name in catalogue()[0]:
        st.session_state["model"] = name
        _model_changed()


def show_device() -> None:
    """Say at the sidebar's end where the model runs; only once torch is there."""
    if "torch" not in sys.modules:
        return
    from explorer.model.device import choose_device, describe_device

    try:
        st.sidebar.caption(f"Runs on: {describe_device(choose_device())}")
    except ValueError as error:
        st.sidebar.caption(f"{error}.")


def _choose_model(models: dict[str, Entry], notices: list[str]) -> Entry:
    _fall_back("model", list(models), notices)
    entry = choose_model(models, _model_changed)
    link_to_models()
    st.session_state[LAST_MODEL] = entry.name
    return entry


def _choose_texts(entry: Entry) -> None:
    examples = _examples(entry)
    first = examples[0] if examples else ""
    if entry.config.has_cross_attention:
        source = st.text_area("Source text", first, key="source", bind="query-params", height=72)
        target = st.text_area(
            "Target text",
            key="target",
            bind="query-params",
            height=68,
            placeholder="Empty: the model writes it itself (greedily)",
        )
        show_domain_hint(entry, source, target)
    else:
        text = st.text_area("Text", first, key="text", bind="query-params", height=72)
        show_domain_hint(entry, text)
    if examples:
        st.selectbox(
            "Examples",
            examples,
            index=None,
            key=EXAMPLE,
            placeholder="Try an example",
            on_change=_take_example,
            label_visibility="collapsed",
        )


def _choose_head(entry: Entry, notices: list[str]) -> None:
    kinds = attention_kinds(entry.config)
    kind = kinds[0]
    if len(kinds) > 1:
        _fall_back("kind", list(kinds), notices)
        # "Cross-attention (decoder looks at encoder)" would be cut off.
        words = {kind: KIND_TITLES[kind].partition(" (")[0] for kind in kinds}
        kind = select_in_words("Attention", words, key="kind", help=" · ".join(KIND_TITLES[kind] for kind in kinds))
    elif "kind" not in st.session_state and st.query_params.get("kind", kind) != kind:
        notices.append(f"This model has one kind of attention: {KIND_TITLES[kind].lower()}.")
        del st.query_params["kind"]
    with st.container(horizontal=True, gap="small"):
        _choose_number("layer", n_layers(entry.config, kind), notices)
        _choose_number("head", entry.config.n_heads, notices)


def _choose_number(key: str, count: int, notices: list[str]) -> None:
    options = list(range(1, count + 1))
    _fall_back(key, options, notices)
    st.selectbox(f"{key.capitalize()} (of {count})", options, key=key, bind="query-params", width=118)


def _fall_back(key: str, options: list, notices: list[str]) -> None:
    """Before a widget is drawn: replace a value that there is not, and say so if it is the URL that asked for it."""
    if key in st.session_state:
        if st.session_state[key] not in options:
            st.session_state[key] = options[0]
    elif key in st.query_params and st.query_params[key] not in map(str, options):
        what = "kind of attention" if key == "kind" else key
        first = KIND_TITLES[options[0]].lower() if key == "kind" else options[0]
        more = how_to_add(st.query_params[key]) if key == "model" else ""
        notices.append(f"The address asks for a {what} that is not there: showing {first}.{more}")


def _model_changed() -> None:
    """Keep what was typed, for each mode: GPT and BERT share the key ``text``, but not the text.

    An example that was left as it was gives way to the new model's first example. Texts are set even where they stay
    the same, so that the URL is written again: what is the default of one model is not the default of another.
    """
    state, models = st.session_state, catalogue()[0]
    before, now = models.get(state.get(LAST_MODEL)), models[state["model"]]
    key = _text_key(now)
    typed = state.setdefault(TYPED, {})
    if before and _text_key(before) in state:
        text = state[_text_key(before)]
        typed[before.config.architecture] = "" if text in _examples(before) else text
    first = (_examples(now) or [""])[0]
    state[key] = typed.get(now.config.architecture) or first


def _take_example() -> None:
    example = st.session_state[EXAMPLE]
    if example is None:
        return
    entry = catalogue()[0][st.session_state["model"]]
    st.session_state[_text_key(entry)] = example
    if entry.config.has_cross_attention:
        st.session_state["target"] = ""
    st.session_state[EXAMPLE] = None


def _text_key(entry: Entry) -> str:
    """The session key of the text that the model's examples are for."""
    return "source" if entry.config.has_cross_attention else "text"


def _examples(entry: Entry) -> list[str]:
    return [example.text for example in entry.about.examples]


def _list_problems(problems: list[str]) -> None:
    for problem in problems:
        st.caption(f":material/warning: {literal(problem)}")
