"""The residual stream: how long it is, what each part adds to a logit, and what the model would say at each depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.analysis.contributions import Measure, contributions, logit_is_a_sum
from explorer.analysis.residual_stream import read_stream, stream_lengths
from explorer.components.line_chart import Curve, line_chart
from explorer.ui.cache import load
from explorer.ui.forward_pass_stream_choices import PAGE, choose_measure, choose_position
from explorer.ui.forward_pass_stream_lens import show_lens
from explorer.ui.forward_pass_stream_parts import show_parts
from explorer.ui.lessons import lesson
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run


@dataclass(frozen=True)
class Asked:
    """What the view is about."""

    position: int  # counted from 0
    measure: Measure | None  # whose logit; None where the model has none


def choose_asked(choice: Choice, run: Run) -> Asked:
    """Draw what the view says first, and its select boxes; the URL holds what is chosen."""
    config = run.entry.config
    is_sum = logit_is_a_sum(config)
    sections = ["lead" if is_sum else "lead transform" if config.unembedding else "lead no logits"]
    sections += ["lead encoder-decoder"] if config.has_cross_attention else []
    st.markdown(" ".join(lesson(PAGE, section) for section in sections))
    if not config.unembedding:
        return Asked(choose_position(choice, run, st.columns([3, 11])[0]), None)
    with st.container(key="stream_choices"):
        places = st.columns([3, 4, 3, 4], gap="small")  # as wide as "(next in the text)" needs
        position = choose_position(choice, run, places[0])
        return Asked(position, choose_measure(choice, run, position, places[1:], is_sum))


def show_parts_of(choice: Choice, run: Run, asked: Asked, words: DeltaGenerator) -> None:
    """What adds up to the logit, where it is a sum; of a model without logits, how long the vector is."""
    if asked.measure is None:
        _show_lengths(choice, run, asked.position)
    elif logit_is_a_sum(run.entry.config):
        show_parts(choice, run, contributions(run, load(choice.model).model, asked.position, asked.measure))
    else:
        st.info(lesson(PAGE, "no sum"))


def show_rest(choice: Choice, run: Run, asked: Asked) -> None:
    """What the model would say at each depth, and how long the vector is."""
    if asked.measure is not None:
        show_lens(choice, run, asked.position, asked.measure)
        _show_lengths(choice, run, asked.position)


def _show_lengths(choice: Choice, run: Run, position: int) -> None:
    """||x|| along the stream, at the chosen position and on average."""
    st.subheader("How long the vector is", anchor=False)
    st.markdown(lesson(PAGE, f"lengths {run.entry.config.norm_position}"))
    found = stream_lengths(read_stream(run, load(choice.model).model), position)
    line_chart(
        [
            Curve(f"‖x‖ at position {position + 1}", found.state),
            Curve("‖x‖, mean over all positions", found.mean, "dashed"),
            Curve(f"‖f(x)‖, what the sublayer added at position {position + 1}", found.added, "dotted", quiet=True),
        ],
        key="stream_lengths",
        title="Length of the residual stream's vector after each step",
        x_name="point",
        first=1,
        labels=found.names,
        from_zero=True,
    )
