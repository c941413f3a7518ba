"""Adding a model from a folder on the computer that runs the explorer."""

from __future__ import annotations

import streamlit as st

from explorer.hub.adding import add_folder
from explorer.hub.folders import candidates
from explorer.hub.settings import models_folder
from explorer.model.catalogue import CheckpointError
from explorer.ui.added_models import added_entries, forget_added
from explorer.ui.literal import literal
from explorer.ui.models_progress import open_button

PICKED, TYPED, OUTCOME = "folder", "folder_path", "_folder_outcome"


def add_from_folder() -> None:
    """Draw the folders there are, a field for the path of another one, the button, and what came of it."""
    there, root = candidates(), literal(models_folder().name)
    if there:
        st.selectbox(f"Folders inside {root}", there, key=PICKED, width=480)
    else:
        st.info(f"There is no model in the folder {root} yet: put its folder there, and it is offered here.")
    typed = st.text_input("Or the path of another one in there", key=TYPED, placeholder="owner/name", width=480)
    chosen = typed.strip() or (st.session_state[PICKED] if there else "")
    st.button("Add this folder", key="add_folder", on_click=_add, args=(chosen,), type="primary")
    about, name, problem = st.session_state.get(OUTCOME, ("", "", ""))
    if about != chosen:
        return
    if problem:
        st.error(literal(problem))
    elif name in added_entries()[0]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.success(f"{literal(name)} is here.", icon=":material/check:", width="stretch")
            open_button(name, "open_folder")


def _add(chosen: str) -> None:
    try:
        entry = add_folder(chosen)
    except CheckpointError as error:
        st.session_state[OUTCOME] = (chosen, "", str(error))
        return
    forget_added(entry.name)  # an older one of the same name
    st.session_state[OUTCOME] = (chosen, entry.name, "")
