"""One attention layer: its matrices to scale, the board's count and the exact one, and what lies between them."""

from __future__ import annotations

import streamlit as st

from explorer.analysis.parameters import AttentionCount
from explorer.components.attention_shapes import attention_shapes
from explorer.components.count_ledger import count_ledger
from explorer.ui.lessons import lesson
from explorer.ui.shape import Shape

PAGE = "parameters"


def show_attention(shape: Shape) -> None:
    """The words stay as they are; all numbers are in the two components, which follow the sliders at once."""
    config = shape.config
    count = AttentionCount(config.n_heads, config.d_model, config.d_k, config.d_v, shape.output_size)
    st.markdown(lesson(PAGE, "attention"))
    attention_shapes(count, key="attention_shapes")
    st.markdown(lesson(PAGE, "board exact"))
    count_ledger(count, key="count_ledger")
    st.markdown(lesson(PAGE, "linked"))
