"""The frame of the factorisation page: which of its views is shown. Only that one is computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.model.config import TransformerConfig
from explorer.ui.factorisation_candidates import show_candidates
from explorer.ui.factorisation_distribution import show_distribution
from explorer.ui.factorisation_passes import show_passes
from explorer.ui.factorisation_vector import FACTORS, show_vector
from explorer.ui.ledger import show_ledger
from explorer.ui.lessons import lesson
from explorer.ui.session import Choice
from explorer.ui.standing_by import keep_pictures
from explorer.ui.url import choose_in_url

if TYPE_CHECKING:
    from explorer.model.run import Run

STYLE = Path(__file__).with_name("factorisation.css")
TITLES = {
    "ledger": "Ledger",
    "candidates": "Candidates",
    "passes": "One pass, n steps",
    "vector": "What is x̄?",
    "distribution": "A distribution?",
}
PICTURES = {
    "ledger": "factor_ledger",
    "candidates": "candidate_table",
    "vector": FACTORS,
}
SHOW: dict[str, Callable[[Choice, Run], None]] = {
    "ledger": show_ledger,
    "candidates": show_candidates,
    "passes": show_passes,
    "vector": show_vector,
    "distribution": show_distribution,
}


def views_of(config: TransformerConfig) -> tuple[str, ...]:
    """The views that say something about a model of this kind, as the URL names them."""
    missing = set()
    if not config.has_decoder:
        missing.add("passes")  # a BERT has no steps
    if not config.has_cross_attention:
        missing.add("vector")  # and x̄ needs a source
    return tuple(view for view in TITLES if view not in missing)


@st.fragment
def show_page(choice: Choice, run: Run) -> None:
    """Draw the row of views and the chosen one, or say why there is none. A fragment: stepping redraws nothing else."""
    if run.entry.config.unembedding:
        show_view(choose_view(run.entry.config), choice, run)
    else:
        st.info(lesson("factorisation", "no logits"))


def choose_view(config: TransformerConfig) -> str:
    """Draw the row of views, and return the chosen one."""
    return choose_in_url("view", {view: TITLES[view] for view in views_of(config)}, "View")


def show_view(view: str, choice: Choice, run: Run) -> None:
    """Draw one view, in the container that holds the pictures of all."""
    st.html(STYLE)
    with st.container(key="factorisation_views"):
        keep_pictures("factorisation", view, PICTURES)
        SHOW[view](choice, run)
