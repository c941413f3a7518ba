"""Which models there are: those that were added, each with the way into it and off the list, and the explorer's own."""

from __future__ import annotations

import streamlit as st

from explorer.components.number_table import Column, number_table
from explorer.hub.added import Added, added, remove
from explorer.hub.families import FAMILIES
from explorer.hub.sizes import shown_bytes
from explorer.model.catalogue import WEIGHTS_FILE, CheckpointError, Entry, pretrained_folder, read_catalogue
from explorer.ui.added_models import added_entries, forget_added
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal
from explorer.ui.model_picker import group_of
from explorer.ui.models_progress import open_button

PAGE = "models"
DELETE, PROBLEM = "delete_files", "_remove_problem"  # session keys


def show_added() -> None:
    """A line for each model that was added. What cannot be opened any more can still be taken off the list."""
    st.subheader("Added models", anchor=False)
    entries, problems = added_entries()
    models = added()
    if not models and not problems:
        st.markdown(lesson(PAGE, "none"))
    for i, model in enumerate(models):
        _show_line(i, model, entries.get(model.name))
    for problem in problems:
        st.warning(literal(problem))
    if problem := st.session_state.pop(PROBLEM, ""):
        st.error(literal(problem))


def show_own() -> None:
    """The explorer's own models as a table."""
    columns = [
        Column("name", "text"),
        Column("what it is", "text"),
        Column("layers × heads", "text"),
        Column("parameters", "count"),
        Column("weights", "text"),
        Column("data", "text"),
    ]
    rows = [
        (
            entry.name,
            entry.about.title,
            f"{layers(entry)} × {entry.config.n_heads}",
            entry.about.n_parameters,
            shown_bytes(_bytes(entry)),
            entry.about.licence,
        )
        for entry in read_catalogue(pretrained_folder())[0].values()
    ]
    with st.expander(f"The {len(rows)} models that come with the explorer"):
        number_table(columns, rows, key="own_models", title="Models that come with the explorer")
        st.caption(lesson(PAGE, "own"))


def layers(entry: Entry) -> str:
    """The layers of each stack: "6 + 6" of an encoder-decoder, "12" of the others."""
    return " + ".join(str(n) for n in (entry.config.n_encoder_layers, entry.config.n_decoder_layers) if n)


def _show_line(i: int, model: Added, entry: Entry | None) -> None:
    words, buttons = st.columns([4, 1], vertical_alignment="center", gap="medium")
    words.markdown(_words(model, entry))
    with buttons, st.container(horizontal=True, horizontal_alignment="right", gap="xsmall"):
        if entry:
            open_button(model.name, f"open_{i}")
        if st.button("Remove", key=f"remove_{i}"):
            _ask_to_remove(model)


def _words(model: Added, entry: Entry | None) -> str:
    name = f"**{literal(model.name)}**"
    if entry is None:
        return f"{name}: it cannot be opened any more; below it says why."
    kind = FAMILIES[entry.family].title if entry.family else group_of(entry)
    facts = [
        kind,
        f"{layers(entry)} layers × {entry.config.n_heads} heads",
        f"{entry.about.n_parameters:,} parameters",
        shown_bytes(model.nbytes),
        f"licence: {literal(entry.about.licence)}",
    ]
    return "  \n".join([name, " · ".join(facts), *(f":gray[{literal(note)}]" for note in entry.notes)])


@st.dialog("Remove this model?")
def _ask_to_remove(model: Added) -> None:
    hub = model.source == "hub"
    where = "Its download stays in the cache of Hugging Face unless you say otherwise." if hub else "Its folder stays."
    st.markdown(f"**{literal(model.name)}** is taken off the list, for everybody who uses this explorer. {where}")
    if hub:
        st.checkbox(f"Delete the download too ({shown_bytes(model.nbytes)})", key=DELETE)
    with st.container(horizontal=True, gap="small"):
        yes = st.button("Remove it", key="remove_yes", type="primary", on_click=_remove, args=(model.name,))
        no = st.button("Keep it", key="remove_no")
    if yes or no:
        st.rerun()


def _remove(name: str) -> None:
    try:
        remove(name, delete_files=bool(st.session_state.get(DELETE)))
        problem = ""
    except CheckpointError as error:
        problem = str(error)
    st.session_state[PROBLEM] = problem
    forget_added(name)


def _bytes(entry: Entry) -> int:
    path = entry.folder / WEIGHTS_FILE
    return path.stat().st_size if path.is_file() else 0
