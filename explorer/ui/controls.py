"""The sidebar that every page shares: the model, its texts, and which attention, layer and head."""

from __future__ import annotations

import sys

import streamlit as st

from explorer.model.catalogue import Entry
from explorer.model.kinds import KIND_TITLES, attention_kinds, n_layers
from explorer.ui.cache import catalogue
from explorer.ui.session import current_choice

MODES = {"encoder-decoder": "Encoder-decoder", "decoder": "GPT: decoder only", "encoder": "BERT: encoder only"}


def draw_sidebar() -> None:
    """Draw all shared controls; without a single usable model, say so and stop."""
    models, problems = catalogue()
    if not models:
        st.error("There is no model in the folder pretrained: put a checkpoint there, and reload this page.")
        _list_problems(problems)
        st.stop()
    entry = _choose_model(models)
    _list_problems(problems)
    _choose_texts(entry)
    _choose_head(entry)


def show_device() -> None:
    """Say at the sidebar's end where the model runs; only once torch is there."""
    if "torch" not in sys.modules:
        return
    from explorer.model.device import choose_device, describe_device

    try:
        st.sidebar.caption(f"Runs on: {describe_device(choose_device())}")
    except ValueError as error:
        st.sidebar.caption(f"{error}.")


def _choose_model(models: dict[str, Entry]) -> Entry:
    _fall_back("model", list(models), "model")
    name = st.selectbox("Model", list(models), key="model", bind="query-params", on_change=_model_changed)
    entry = models[name]
    config, about = entry.config, entry.about
    st.session_state["_mode"] = _mode(entry)
    layers = " + ".join(str(n) for n in (config.n_encoder_layers, config.n_decoder_layers) if n)
    st.caption(
        f"**{MODES[config.architecture]}**, {layers} layers × {config.n_heads} heads  \n"
        f"{about.n_parameters:,} parameters, $d_{{model}} = {config.d_model}$  \n"
        f"Data: {about.licence}"
    )
    return entry


def _choose_texts(entry: Entry) -> None:
    examples = [example.text for example in entry.about.examples]
    first = examples[0] if examples else ""
    if entry.config.has_cross_attention:
        st.text_area("Source text", first, key="source", bind="query-params", height=72)
        st.text_area(
            "Target text",
            key="target",
            bind="query-params",
            height=68,
            placeholder="Empty: the model writes it itself (greedily)",
        )
    else:
        st.text_area("Text", first, key="text", bind="query-params", height=72)
    if examples:
        st.selectbox(
            "Examples",
            examples,
            index=None,
            key="_example",
            placeholder="Try an example",
            on_change=_take_example,
            label_visibility="collapsed",
        )


def _choose_head(entry: Entry) -> None:
    kinds = attention_kinds(entry.config)
    if len(kinds) > 1:
        _fall_back("kind", list(kinds), "attention")
        titles = " · ".join(KIND_TITLES[kind] for kind in kinds)
        kind = st.selectbox("Attention", kinds, key="kind", bind="query-params", help=titles)
    else:
        kind = kinds[0]
        if st.query_params.get("kind", kind) != kind:
            st.caption(f"This model has {KIND_TITLES[kind].lower()} only.")
            del st.query_params["kind"]
    left, right = st.columns(2)
    with left:
        _choose_number("layer", n_layers(entry.config, kind))
    with right:
        _choose_number("head", entry.config.n_heads)


def _choose_number(key: str, count: int) -> None:
    options = list(range(1, count + 1))
    _fall_back(key, options, key)
    st.selectbox(f"{key.capitalize()} (of {count})", options, key=key, bind="query-params")


def _fall_back(key: str, options: list, what: str) -> None:
    """Before a widget is drawn: replace a value that this model does not have, and say so if the URL asked for it."""
    if key in st.session_state:
        if st.session_state[key] not in options:
            st.session_state[key] = options[0]
        return
    wanted = st.query_params.get(key)
    if wanted is not None and wanted not in map(str, options):
        st.caption(f"There is no {what} “{wanted[:40]}” here: showing {options[0]}.")


def _mode(entry: Entry) -> str:
    return entry.config.architecture


def _model_changed() -> None:
    """Keep what was typed for each mode: GPT and BERT share the key ``text``, but not the text."""
    entry = catalogue()[0][st.session_state["model"]]
    before, now = st.session_state.get("_mode"), _mode(entry)
    if "text" in st.session_state and before in ("decoder", "encoder"):
        st.session_state[f"_text_{before}"] = st.session_state["text"]
    if now != before and now in ("decoder", "encoder"):
        examples = entry.about.examples
        st.session_state["text"] = st.session_state.get(f"_text_{now}", examples[0].text if examples else "")
    st.session_state["_example"] = None


def _take_example() -> None:
    example = st.session_state["_example"]
    if example is None:
        return
    if catalogue()[0][current_choice().model].config.has_cross_attention:
        st.session_state["source"], st.session_state["target"] = example, ""
    else:
        st.session_state["text"] = example
    st.session_state["_example"] = None


def _list_problems(problems: list[str]) -> None:
    for problem in problems:
        st.caption(f":material/warning: {problem}")
