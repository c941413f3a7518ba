"""How every page begins: its title and one sentence at once, then the model's run of the chosen text."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

import streamlit as st

from explorer.limits import MAX_CHARACTERS
from explorer.model.catalogue import CheckpointError
from explorer.ui.cache import catalogue, has_run, prepare_torch, run
from explorer.ui.controls import show_device
from explorer.ui.literal import literal
from explorer.ui.loaded import is_loaded
from explorer.ui.notices import make_room
from explorer.ui.session import Choice, current_choice

if TYPE_CHECKING:
    from explorer.model.run import Run


def open_page(title: str, lead: str) -> tuple[Choice, Run]:
    """Draw the title and one sentence, then run the model; where it cannot be run, say why in a sentence and stop."""
    show_heading(title, lead)
    choice = current_choice()
    return choice, run_choice(choice)


def show_heading(title: str, lead: str) -> None:
    st.title(title, anchor=False)
    st.markdown(lead)
    make_room()


def run_choice(choice: Choice) -> Run:
    """The run of ``choice``, under a spinner that says what is loaded; stops the page where there is none."""
    if problem := too_long(choice):
        st.warning(problem, icon=":material/edit:")
        show_device()
        st.stop()
    # Drawing a spinner takes longer than finding a run that is there already.
    with nullcontext() if has_run(choice) else st.spinner(waiting_for(choice)):
        prepare_torch()
        from explorer.model.run import InputError

        try:
            finished = run(choice)
        except InputError as error:
            st.warning(str(error), icon=":material/edit:")
            finished = None
        except CheckpointError as error:
            st.error(str(error), icon=":material/error:")
            finished = None
    show_device()
    if finished is None:
        st.stop()
    return finished


def too_long(choice: Choice) -> str | None:
    """One sentence where a text is longer than anything that the explorer reads."""
    for what, text in choice.texts.items():
        if len(text) > MAX_CHARACTERS:
            return (
                f"The {what} has {len(text):,} characters, and the explorer reads at most {MAX_CHARACTERS:,}: "
                "please shorten it."
            )
    return None


def waiting_for(choice: Choice) -> str:
    """What is being done while the visitor waits for a run."""
    if is_loaded(choice.model):
        return f"{literal(choice.model)} is reading the text."
    n_parameters = catalogue()[0][choice.model].about.n_parameters
    library = "" if "torch" in sys.modules else "PyTorch and "
    return f"Loading {library}{literal(choice.model)} ({n_parameters:,} parameters)."
