"""The residual stream: how long it is, what each part adds to a logit, and what the model would say at each depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis.contributions import contributions
from explorer.analysis.residual_stream import read_stream, stream_lengths
from explorer.components.line_chart import Curve, line_chart
from explorer.ui.cache import load
from explorer.ui.forward_pass_stream_choices import PAGE, choose_measure, choose_position
from explorer.ui.forward_pass_stream_lens import show_lens
from explorer.ui.forward_pass_stream_parts import show_parts
from explorer.ui.lessons import lesson
from explorer.ui.provenance import STYLE
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run


@st.fragment
def show_stream(choice: Choice, run: Run) -> None:
    """Draw the view for the chosen position and token, both of which the URL holds."""
    st.html(STYLE)
    cross = run.entry.config.has_cross_attention
    st.markdown(" ".join(lesson(PAGE, section) for section in ("lead", *(["lead encoder-decoder"] if cross else []))))
    with st.container(key="stream_choices"):
        places = st.columns([3, 4, 3, 4], gap="small")  # as wide as "(next in the text)" needs
        position = choose_position(run, places[0])
        measure = choose_measure(choice, run, position, places[1:])
    show_parts(choice, run, contributions(run, load(choice.model).model, position, measure))
    show_lens(choice, run, position, measure)
    _show_lengths(choice, run, position)


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
