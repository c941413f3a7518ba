"""Adding a model from the hub: from a list, or by its name there."""

from __future__ import annotations

import streamlit as st

from explorer.components.number_table import Column, number_table
from explorer.hub.adding import FLOAT
from explorer.hub.curated import CURATED, Curated
from explorer.hub.download import cached
from explorer.hub.memory import check
from explorer.hub.names import HubName, parse_name
from explorer.hub.offer import HubUnreachable, Offer, look_up
from explorer.hub.settings import max_download_bytes
from explorer.hub.sizes import shown_bytes
from explorer.model.catalogue import CheckpointError
from explorer.ui.added_models import added_entries
from explorer.ui.literal import literal
from explorer.ui.model_picker import last_part
from explorer.ui.models_progress import begin, is_under_way, open_button, show_downloads

PICKED, TYPED, FOUND = "curated", "hub_name", "_found"
PROBLEM = "_hub_problem"  # session key: (name, why it could not be put into the line)
BY_NAME = {each.name: each for each in CURATED}


def add_from_list() -> None:
    """Draw the select box, its button, what is under way, and the whole list as a table."""
    picked = st.selectbox("Model", list(BY_NAME), key=PICKED, format_func=_words, width=640)
    chosen = BY_NAME[picked]
    if problem := _too_large(chosen):
        st.warning(problem)
    else:
        _download_button(picked, chosen.nbytes)
    columns = [
        Column("name", "text"),
        Column("what it is", "text"),
        Column("parameters", "count"),
        Column("download", "text"),
        Column("licence", "text"),
    ]
    rows = [(each.name, each.what, each.parameters, shown_bytes(each.nbytes), each.licence) for each in CURATED]
    marked = [i for i, each in enumerate(CURATED) if each.name == picked]
    show_downloads()
    number_table(columns, rows, key="curated_table", title="Models to start from", marked=marked)


def add_by_name() -> None:
    """Draw the field and what the hub says of the model: its bytes are known before anything is downloaded."""
    _look_up()
    show_downloads()


def _look_up() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        typed = st.text_input("Name on huggingface.co", key=TYPED, placeholder="owner/name", max_chars=300, width=480)
        asked = st.button("Look it up", key="look_up")
    known = st.session_state.get(FOUND)
    if typed.strip() and (asked or known is None or known[0] != typed):
        with st.spinner("Asking huggingface.co"):
            known = st.session_state[FOUND] = (typed, _ask(typed))
    elif asked:
        st.warning("Type a name first, for example openai-community/gpt2.")
    if not typed.strip() or known is None:
        return
    found = known[1]
    if isinstance(found, str):
        st.warning(literal(found))
    elif isinstance(found, Offer):
        n = len(found.files)
        files = f"{n} files, {shown_bytes(found.nbytes)} together" if n > 1 else shown_bytes(found.nbytes)
        st.markdown(f"**{literal(str(found.hub_name))}**: {files}, at commit `{found.commit[:7]}`.")
        _download_button(str(found.hub_name), found.nbytes)
    else:
        st.info(f"The hub cannot be reached, but {literal(str(found))} was downloaded to this computer before.")
        _download_button(str(found), 0)


def _ask(typed: str) -> Offer | HubName | str:
    """What there is: on the hub, or without a connection in the cache; or one sentence saying what is wrong."""
    try:
        name = parse_name(typed[:300])
        try:
            return look_up(name)
        except HubUnreachable as error:
            return name if cached(name) else str(error)
    except CheckpointError as error:
        return str(error)


def _download_button(name: str, nbytes: int) -> None:
    """Begin the download; of a model that is there already, the way into it."""
    if name in added_entries()[0]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown("It is here already.", width="content")
            open_button(name, "open_picked")
        return
    words = f"Download {shown_bytes(nbytes)} from huggingface.co" if nbytes else "Add it"
    st.button(words, key="download", on_click=_begin, args=(name,), disabled=is_under_way(name), type="primary")
    about, problem = st.session_state.get(PROBLEM, ("", ""))
    if about == name and problem:
        st.error(literal(problem))


def _begin(name: str) -> None:
    st.session_state[PROBLEM] = (name, begin(name))


def _words(name: str) -> str:
    each = BY_NAME[name]
    return f"{last_part(name)} · {each.what} · {shown_bytes(each.nbytes)}"


def _too_large(chosen: Curated) -> str:
    """One sentence where the memory, or whoever runs the explorer, has no room for it."""
    try:
        if chosen.nbytes > max_download_bytes():
            most = shown_bytes(max_download_bytes())
            return f"It has {shown_bytes(chosen.nbytes)}, and at most {most} may be downloaded here."
        check(FLOAT * chosen.parameters, 0, last_part(chosen.name))
    except CheckpointError as error:
        return literal(str(error))
    return ""
