"""Published totals beside ours, and those of the bundled models."""

from __future__ import annotations

import streamlit as st

from explorer.analysis.presets import PRESETS
from explorer.model.shapes import count_parameters
from explorer.ui.cache import catalogue, is_added
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal
from explorer.ui.live_count import live_count
from explorer.ui.picked import picked
from explorer.ui.shape import Shape, start_from

PAGE = "parameters"


def show_published(shape: Shape) -> None:
    st.markdown(lesson(PAGE, "published"))
    with st.container(key="published_table"):
        st.markdown("\n".join(["| model | published | ours | difference | |", "|---|---:|---:|---:|---|", *_rows()]))
        st.markdown("\n".join(_notes()))
        st.markdown("**The bundled models:** what their files say, and what the live model has.")
        st.markdown("\n".join(_bundled()))
    st.selectbox(
        "Put one on the sliders",
        list(PRESETS),
        index=None,
        key="_published",
        format_func=lambda name: PRESETS[name].title,
        on_change=_open,
        placeholder="Choose a published model",
        width=320,
    )


def _bundled() -> list[str]:
    bundled = [entry for entry in catalogue()[0].values() if entry.trained and not is_added(entry)]
    lines = ["| model | said in its card | formulas | live model | |", "|---|---:|---:|---:|---|"]
    for entry in bundled:
        counts = entry.about.n_parameters, count_parameters(entry.config), live_count(entry.config)
        tick = "✓" if len(set(counts)) == 1 else "✗"
        lines.append(f"| {literal(entry.name)} | {counts[0]:,} | {counts[1]:,} | {counts[2]:,} | {tick} |")
    return lines


def _rows() -> list[str]:
    found = []
    for preset in PRESETS.values():
        difference = preset.total - preset.published
        published = f"{preset.published:,}" if preset.exact else f"about {preset.published:,}"
        tick = "✓" if difference == 0 else "rounded, see below"
        found.append(
            f"| {preset.title} | {published} | {preset.total:,} | {_signed(difference)} | {tick} |".replace("+0", "0")
        )
    return found


def _signed(difference: int) -> str:
    return f"{difference:+,}".replace("-", "−") if difference else "0"


def _notes() -> list[str]:
    """Where each figure is published and why ours differs; what several models share is said once."""
    notes: dict[str, list[str]] = {}
    for preset in PRESETS.values():
        words = [f"{preset.source}.", preset.why]
        if preset.extras:
            parts = "; ".join(f"{extra.words}: ${extra.formula}$ = {extra.count:,}" for extra in preset.extras)
            ours = count_parameters(preset.config)
            words.append(f"Our modules have {ours:,}; the published model also has {parts}.")
        notes.setdefault(" ".join(filter(None, words)), []).append(preset.title)
    return [f"- **{', '.join(titles)}**: {words}" for words, titles in notes.items()]


def _open() -> None:
    if name := picked("_published", list(PRESETS)):
        start_from(name)
        st.session_state["view"] = "The whole model"
        st.session_state["_published"] = None
