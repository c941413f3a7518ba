"""Build it: the shape on the sliders as a live model with random weights, for every page."""

from __future__ import annotations

import streamlit as st

from explorer.limits import LARGEST_SEED
from explorer.model.untrained import check_size, similar, untrained_name
from explorer.ui.cache import BUILT, catalogue
from explorer.ui.controls import select_model
from explorer.ui.lessons import lesson
from explorer.ui.navigation import go_to
from explorer.ui.session import current_choice
from explorer.ui.shape import Shape, start_from

PAGE = "parameters"
JUST_BUILT = "_just_built"
PAGES = {"attention_heads": "See its heads", "attention_steps": "Step by step"}


def show_build(shape: Shape) -> None:
    st.markdown(lesson(PAGE, "build"))
    found = similar(catalogue()[0], shape.config)
    if found is None:
        st.warning(f"There is no bundled model of the kind {shape.config.architecture} whose vocabulary it could take.")
        return
    like, config = found
    st.markdown(
        f"{lesson(PAGE, 'build vocabulary')} Here: **{like.name}**, {config.vocab_size:,} tokens"
        + ("." if config.vocab_size == shape.config.vocab_size else f", in place of {shape.config.vocab_size:,}.")
    )
    try:
        check_size(config)
    except ValueError as error:
        st.warning(f"{error}. Make it smaller with the sliders, or begin with a bundled model.", icon=":material/edit:")
        st.button(f"Take the shape of {like.name}", on_click=start_from, args=(like.name,))
        return
    seed = st.number_input("Seed of the random weights", 0, LARGEST_SEED, key="_build_seed", width=220)
    name = untrained_name(like, config, int(seed))
    chosen = name == current_choice().model
    st.button("Build it", type="primary", on_click=_build, args=(name,), disabled=chosen)
    if st.session_state.pop(JUST_BUILT, False):
        st.rerun(scope="app")  # the sidebar too
    if chosen:
        st.success(
            "It is chosen now, in the sidebar and on every page; its address says it all, so that a link to any page "
            "builds it again.",
            icon=":material/check:",
        )
        with st.container(horizontal=True):
            for page, words in PAGES.items():
                if st.button(words, key=f"_to_{page}"):
                    go_to(page)


def _build(name: str) -> None:
    st.session_state.update({BUILT: name, JUST_BUILT: True})
    select_model(name)
