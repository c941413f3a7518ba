"""The frame of the parameter page: which view, where to start from, and the sliders."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from explorer.components.shape_sliders import shape_sliders
from explorer.model.config import ACTIVATIONS, ARCHITECTURES, NORM_POSITIONS, NORMS, POSITIONS
from explorer.ui.parameters_attention import show_attention
from explorer.ui.parameters_build import show_build
from explorer.ui.parameters_cost import show_cost
from explorer.ui.parameters_published import show_published
from explorer.ui.parameters_whole import show_table, show_whole
from explorer.ui.picked import picked
from explorer.ui.shape import (
    LINKED,
    Shape,
    base_title,
    bases,
    change,
    current_problem,
    current_shape,
    follow_address,
    put_shape_into_url,
    sizes_of,
    start_from,
)
from explorer.ui.standing_by import keep_pictures
from explorer.ui.url import choose_in_url

ONE_LAYER = ("n_heads", "d_model", "d_k", "d_v", "n")
WHOLE = ("n_heads", "d_model", "d_k", "d_v", "d_ff", "n_encoder_layers", "n_decoder_layers", "vocab_size", "max_len")
VIEWS: dict[str, tuple[Callable[[Shape], None], tuple[str, ...]]] = {  # what draws it, and its sliders
    "One attention layer": (show_attention, ONE_LAYER),
    "The whole model": (show_whole, WHOLE),
    "What it costs": (show_cost, WHOLE),
    "Published models": (show_published, ()),
    "Build it": (show_build, WHOLE),
}
PICTURES = {
    "One attention layer": "attention_shapes",
    "The whole model": "parameter_map",
}
SWITCHES = {
    "tied_embeddings": "Output tied to the embedding",
    "attention_bias": "Biases in attention",
    "ff_bias": "Biases in the feed-forward network",
    "norm_bias": "Biases in the norms",
    "output_bias": "A bias on the logits",
    "final_norm": "A norm after the last layer",
    "scale_scores": "Divide the scores by √m",
    "embedding_scale": "Multiply embeddings by √d",
}
CHOICES = {
    "architecture": ("Kind", ARCHITECTURES),
    "positions": ("Positions", POSITIONS),
    "norm": ("Norm", NORMS),
    "norm_position": ("Norm before or after", NORM_POSITIONS),
    "activation": ("Activation", ACTIVATIONS),
}


def show_parameters() -> None:
    """The whole page below its heading."""
    view = choose_in_url("view", {view: view for view in VIEWS}, "View")
    show, names = VIEWS[view]
    follow_address()
    shape = current_shape()
    if not names:
        show(shape)
        return
    controls, picture = st.columns([5, 7], gap="large")
    with controls:
        _choose_base(shape)
        shape_sliders(
            sizes_of(shape, names),
            key="shape_sliders",
            linked=st.session_state.get(LINKED, False),
            on_change=_sized,
            problem=current_problem(),
        )
        if names is WHOLE:
            _choose_options(shape)
    with picture:
        keep_pictures("parameters", view, PICTURES)
        show(shape)
    if show is show_whole:
        show_table(shape)
    put_shape_into_url()


def _sized(values: dict[str, int], linked: bool) -> None:
    st.session_state[LINKED] = linked
    change(**values)


def _choose_base(shape: Shape) -> None:
    key, options = "_base", list(bases())
    st.session_state[key] = shape.preset
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "Start from (changed)" if shape.changed else "Start from",
            options,
            key=key,
            format_func=base_title,
            on_change=_start,
            args=(key, options),
        )
        changed = shape.changed or shape.n is not None
        st.button("Start over", key="shape_start", disabled=not changed, on_click=start_from, args=(shape.preset,))


def _start(key: str, options: list[str]) -> None:
    base = picked(key, options)
    if base is not None:
        start_from(base)


def _choose_options(shape: Shape) -> None:
    with st.expander("Kind, norms, positions, biases", key="options"):
        columns = st.columns(2)
        for i, (name, (label, values)) in enumerate(CHOICES.items()):
            key = f"_option_{name}"
            st.session_state[key] = getattr(shape.config, name)
            columns[i % 2].selectbox(label, values, key=key, on_change=_take_option, args=(name, key, values))
        for i, (name, label) in enumerate(SWITCHES.items()):
            key = f"_option_{name}"
            st.session_state[key] = getattr(shape.config, name)
            columns[i % 2].toggle(label, key=key, on_change=_take_option, args=(name, key, (True, False)))


def _take_option(name: str, key: str, options: Sequence[str | bool]) -> None:
    value = picked(key, options)
    if value is not None:
        change(**{name: value})
