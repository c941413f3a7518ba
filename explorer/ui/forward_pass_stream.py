"""The residual stream: how long it is, what each part adds to a logit, and what the model would say at each depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis.contributions import contributions, logit_is_a_sum
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
    config = run.entry.config
    sections = ["lead" if logit_is_a_sum(config) else "lead transform" if config.unembedding else "lead no logits"]
    sections += ["lead encoder-decoder"] if config.has_cross_attention else []
    st.markdown(" ".join(lesson(PAGE, section) for section in sections))
    if not config.unembedding:
        _show_lengths(choice, run, choose_position(choice, run, st.columns([3, 11])[0]))
        return
    with st.container(key="stream_choices"):
        places = st.columns([3, 4, 3, 4], gap="small")  # as wide as "(next in the text)" needs
        position = choose_position(choice, run, places[0])
        measure = choose_measure(choice, run, position, places[1:], logit_is_a_sum(config))
    if logit_is_a_sum(config):
        show_parts(choice, run, contributions(run, load(choice.model).model, position, measure))
    else:
        st.info(lesson(PAGE, "no sum"))
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
