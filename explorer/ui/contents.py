"""The lecture's order as a table of contents, with a link to each page that shows it."""

from __future__ import annotations

import streamlit as st

from explorer.ui.lessons import lesson
from explorer.ui.navigation import page_path

STEPS, HEADS, FACTORS = "attention_steps", "attention_heads", "factorisation"
DECODING, PARAMETERS, POSITIONS = "decoding", "parameters", "positions"
FORWARD, COMPARE, BREAK = "forward_pass", "compare", "break_it"
CONTENTS = {
    "context-vector": FACTORS,
    "factorisation": FACTORS,
    "projections": STEPS,
    "attention": STEPS,
    "matrices": STEPS,
    "heads": HEADS,
    "parameters": PARAMETERS,
    "positions": POSITIONS,
    "decoder": HEADS,
}
ALSO = {"factorisation": DECODING, "attention": BREAK, "matrices": FORWARD, "decoder": COMPARE}  # a second page
LINKS = {
    STEPS: "See it step by step",
    HEADS: "See all heads",
    FACTORS: "See every factor",
    PARAMETERS: "Count every one",
    POSITIONS: "See the waves",
    DECODING: "Make texts of them",
    FORWARD: "Walk through the whole pass",
    COMPARE: "Compare three machines",
    BREAK: "Break it, to see what each part is for",
}


def show_contents() -> None:
    """Draw the numbered ideas, two in a row: each in words, its formula, and the way to its page."""
    st.subheader(lesson("home", "contents"), anchor=False, divider="gray")
    items = list(enumerate(CONTENTS.items(), start=1))
    for first in range(0, len(items), 2):
        row = st.columns(2, gap="large")
        for column, (number, (section, page)) in zip(row, items[first : first + 2], strict=False):
            with column:
                _show_item(number, section, page)


def _show_item(number: int, section: str, page: str | None) -> None:
    title, words = lesson("home", section).split("\n", maxsplit=1)
    st.markdown(f"**{number}. {title.removeprefix('### ')}**  \n{words}")
    for each in filter(None, (page, ALSO.get(section))):
        st.page_link(page_path(each), label=LINKS[each], icon=":material/arrow_forward:")
